import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App as Kit } from 'antd'
import { call } from '../../api/call'
import { maskKey, protectedPeople } from '../../api/masks'
import type { NewWaiver, ProtectedPerson, Waiver } from '../../api/types'
import { useKeys } from '../../ui/keys'
import { useWords } from '../../ui/preferences'
import { useUndo } from '../../ui/useUndo'
import type { TabProps } from './Data'
import { PeopleView } from './PeopleView'
import { words } from './words'

export function People({ search, onSearch }: TabProps) {
  const client = useQueryClient()
  const { message } = Kit.useApp()
  const undo = useUndo()
  const w = useWords(words).people
  const found = useQuery(protectedPeople)
  const afresh = () => client.invalidateQueries({ queryKey: maskKey })
  useKeys({ n: () => onSearch({ protect: 'yes' }) })

  async function waive(waiver: NewWaiver) {
    await call('person.waiver.set', waiver)
    await afresh()
  }

  return (
    <PeopleView
      search={search}
      all={found.data}
      error={found.error}
      onRetry={found.refetch}
      onSearch={onSearch}
      acts={{
        async protect(userId: string, name: string, reason: string) {
          await call('person.protect', { userId, reason: reason || undefined })
          await afresh()
          message.success(w.done(name))
        },
        async unprotect(person: ProtectedPerson) {
          await call('person.unprotect', { userId: person.userId })
          await afresh()
          message.success(w.undone(person.name ?? person.userId))
        },
        async waive(waiver: NewWaiver) {
          await waive(waiver)
          message.success(w.waived)
        },
        async endWaiver(person: ProtectedPerson, { agentId, until, reason, active }: Waiver) {
          await call('person.waiver.remove', { userId: person.userId, agentId })
          await afresh()
          if (active) undo(w.waiverEnded, () => waive({ userId: person.userId, agentId, until, reason }))
          else message.success(w.waiverEnded)
        },
      }}
    />
  )
}
