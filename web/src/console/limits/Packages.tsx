import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App as Kit } from 'antd'
import { call } from '../../api/call'
import { limitGroups, limitPackages, limitsKey } from '../../api/limits'
import type { LimitPackage, NewPackage } from '../../api/types'
import { useKeys } from '../../ui/keys'
import { useWords } from '../../ui/preferences'
import { GrantForm } from './GrantForm'
import type { TabProps } from './Limits'
import { PackagesView } from './PackagesView'
import { words } from './words'

export function Packages({ search, onSearch }: TabProps) {
  const client = useQueryClient()
  const { message } = Kit.useApp()
  const w = useWords(words)
  const found = useQuery(limitPackages)
  const groups = useQuery(limitGroups)
  const afresh = () => client.invalidateQueries({ queryKey: limitsKey })
  useKeys({ n: () => onSearch({ grant: 'yes' }) })

  const grant = useMutation({
    mutationFn: (request: NewPackage) => call('limit.package.grant', request),
    onSuccess: async () => {
      await afresh()
      onSearch({ grant: undefined })
      message.success(w.packages.granted)
    },
  })

  async function remove(one: LimitPackage) {
    await call('limit.package.remove', { id: one.id })
    await afresh()
    message.success(w.packages.removed)
  }

  return (
    <>
      <PackagesView
        search={search}
        all={found.data}
        error={found.error}
        onRetry={found.refetch}
        onSearch={onSearch}
        onRemove={remove}
      />
      {search.grant && (
        <GrantForm
          groups={groups.data && [...groups.data.list.map((one) => one.name), ...groups.data.declared]}
          prepaid={new Set(found.data?.map((one) => one.agentId))}
          busy={grant.isPending}
          error={grant.error}
          onGrant={grant.mutate}
          onClose={() => onSearch({ grant: undefined })}
        />
      )}
    </>
  )
}
