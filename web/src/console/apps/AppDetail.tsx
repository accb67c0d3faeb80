import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { App as Kit } from 'antd'
import { app as appQuery, appsKey } from '../../api/apps'
import { call } from '../../api/call'
import type { AppChange } from '../../api/types'
import { useWords } from '../../ui/preferences'
import { AppDetailView } from './AppDetailView'
import { words } from './words'

const route = getRouteApi('/shell/apps/$agentId')

/** What can be done to one application. Each promise ends when the page shows the outcome, and fails with a refusal. */
export type Acts = ReturnType<typeof useActs>

function useActs(agentId: number) {
  const client = useQueryClient()
  const navigate = route.useNavigate()
  const { message } = Kit.useApp()
  const w = useWords(words)
  const afresh = () => client.invalidateQueries({ queryKey: appsKey })

  return {
    async update(change: Omit<AppChange, 'agentId'>, told = w.saved) {
      await call('app.update', { agentId, ...change })
      await afresh()
      message.success(told)
    },
    async remove(confirm: string) {
      await call('app.delete', { agentId, confirm })
      await navigate({ to: '/apps' })
      client.removeQueries({ queryKey: appQuery(agentId).queryKey })
      await afresh()
    },
    async revokeTokens() {
      const { revoked } = await call('app.token.revoke', { agentId })
      message.success(w.overview.tokensDone(revoked))
    },
    async rotate(keepOldFor: string) {
      const answer = await call('app.secret.rotate', { agentId, keepOldFor })
      await afresh()
      return answer
    },
    async revokeSecret(id: string) {
      await call('app.secret.revoke', { agentId, id })
      await afresh()
    },
    async grant(scopes: string[], reason: string) {
      await call('app.scope.grant', { agentId, scopes, reason })
      await afresh()
      message.success(w.scopeTab.granted(scopes.length))
    },
    async revokeScope(scope: string) {
      await call('app.scope.revoke', { agentId, scope })
      await afresh()
    },
    verifyJsapi: (ask: { url: string; nonceStr: string; timeStamp: string; signature: string }) =>
      call('jsapi.verify', { agentId, ...ask }),
    code: (ask: { userId: string; consent?: string[] }) => call('app.code', { agentId, ...ask }),
  }
}

export function AppDetail() {
  const { agentId } = route.useParams()
  const { tab = 'overview', request } = route.useSearch()
  const navigate = route.useNavigate()
  const found = useQuery(appQuery(agentId))
  const acts = useActs(agentId)
  return (
    <AppDetailView
      app={found.data}
      error={found.error}
      tab={tab}
      request={request}
      acts={acts}
      onRetry={found.refetch}
      onRequestDone={() => navigate({ search: { tab: 'scopes' }, replace: true })}
    />
  )
}
