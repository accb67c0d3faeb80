import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/call'
import { limitGroups, limitPackages, limitsKey, limitUsage } from '../../api/limits'
import type { LimitGroup } from '../../api/types'
import { useKeys } from '../../ui/keys'
import { useWords } from '../../ui/preferences'
import { useUndo } from '../../ui/useUndo'
import { GroupForm } from './GroupForm'
import { GroupsView } from './GroupsView'
import { words } from './words'

export function Groups() {
  const client = useQueryClient()
  const undo = useUndo()
  const w = useWords(words)
  const found = useQuery(limitGroups)
  const rules = useQuery(limitUsage())
  const packages = useQuery(limitPackages)
  const [open, setOpen] = useState<LimitGroup | 'new'>()
  const afresh = () => client.invalidateQueries({ queryKey: limitsKey })
  useKeys({ n: () => setOpen('new') })

  async function set(group: LimitGroup) {
    await call('limit.group.set', group)
    await afresh()
  }
  async function drop(name: string) {
    await call('limit.group.remove', { name })
    await afresh()
  }
  const save = useMutation({
    mutationFn: set,
    onSuccess: (_, group) => {
      const before = found.data?.list.find((one) => one.name === group.name)
      setOpen(undefined)
      undo(w.groups.saved, () => (before ? set(before) : drop(group.name)))
    },
  })

  return (
    <>
      <GroupsView
        groups={found.data?.list}
        declared={found.data?.declared}
        rules={rules.data?.map((one) => one.rule).filter((rule) => rule.group !== undefined) ?? []}
        packages={packages.data?.filter((one) => one.group !== undefined) ?? []}
        error={found.error}
        onRetry={found.refetch}
        onOpen={setOpen}
        onRemove={async (group) => {
          await drop(group.name)
          undo(w.groups.removed, () => set(group))
        }}
      />
      {open && (
        <GroupForm
          group={open === 'new' ? undefined : open}
          busy={save.isPending}
          error={save.error}
          onSave={save.mutate}
          onClose={() => {
            save.reset()
            setOpen(undefined)
          }}
        />
      )}
    </>
  )
}
