import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { api, apisKey, changes, health, publications } from '../../api/apis'
import { call } from '../../api/call'
import type { ApiOperation } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { useWords } from '../../ui/preferences'
import { ApiView } from './ApiView'
import { OperationForm } from './OperationForm'
import { PublishApi } from './PublishApi'
import { UpstreamForm } from './UpstreamForm'
import { WithdrawApi } from './WithdrawApi'
import { words } from './words'

const route = getRouteApi('/shell/apis/$group/$version')

type Asked = 'publish' | 'withdraw' | 'upstream' | { rollback: number } | { operation: ApiOperation }

export function Api() {
  const { group, version } = route.useParams()
  const client = useQueryClient()
  const w = useWords(words)
  const [asked, setAsked] = useState<Asked>()
  const found = useQuery(api(group, version))
  const history = useQuery(publications(group, version))
  const upstream = useQuery(health(group))
  const diff = useQuery(changes(group, version))

  const refresh = () => client.invalidateQueries({ queryKey: apisKey })
  const close = () => setAsked(undefined)
  const one = found.data
  return (
    <>
      <ApiView
        group={group}
        version={version}
        found={one}
        error={found.error}
        history={history.data}
        upstream={upstream.data}
        onRetry={found.refetch}
        onAsk={setAsked}
      />
      {asked === 'publish' && (
        <PublishApi
          name={group}
          title={w.publishTitle(`${group} ${version}`)}
          changes={diff.data}
          onPublish={async (note, confirm) => {
            await call('api.publish', { group, version, note, confirm })
            await refresh()
          }}
          onClose={close}
        />
      )}
      {asked === 'withdraw' && (
        <WithdrawApi
          name={group}
          title={w.withdrawTitle(`${group} ${version}`)}
          operations={one?.operations.length ?? 0}
          onWithdraw={async (confirm) => {
            await call('api.withdraw', { group, version, confirm })
            await refresh()
          }}
          onClose={close}
        />
      )}
      {asked === 'upstream' && one && (
        <UpstreamForm
          group={one.group}
          health={upstream.data}
          onSave={async (upstreamChange, audience) => {
            await call('api.upstream.set', { group, ...upstreamChange })
            await call('api.setAudience', { group, ...audience })
            await refresh()
          }}
          onClose={close}
        />
      )}
      {typeof asked === 'object' && 'rollback' in asked && (
        <Ask
          title={w.rollbackTitle(asked.rollback)}
          act={w.rollback}
          onAct={async () => {
            await call('api.rollback', { group, version, number: asked.rollback })
            await refresh()
          }}
          onClose={close}
        />
      )}
      {typeof asked === 'object' && 'operation' in asked && (
        <OperationForm
          operation={asked.operation}
          onSave={async (change) => {
            await call('api.setOperation', { group, version, operation: asked.operation.operation, ...change })
            await refresh()
          }}
          onClose={close}
        />
      )}
    </>
  )
}
