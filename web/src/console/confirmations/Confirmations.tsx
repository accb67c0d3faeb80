import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { App as Kit } from 'antd'
import { app as appQuery } from '../../api/apps'
import { call } from '../../api/call'
import { asked, delegationKey } from '../../api/delegation'
import { operation as operationQuery } from '../../api/operations'
import { usePreferences, useWords } from '../../ui/preferences'
import { ConfirmationsView } from './ConfirmationsView'
import { words } from './words'

export function Confirmations() {
  const client = useQueryClient()
  const { message } = Kit.useApp()
  const { lang } = usePreferences()
  const w = useWords(words)
  const found = useQuery(asked)
  const requests = found.data ?? []
  // Whoever is not an administrator is not told names and titles, and sees numbers and paths instead.
  const apps = useQueries({ queries: [...new Set(requests.map((one) => one.agentId))].map(appQuery) })
  const operations = useQueries({ queries: [...new Set(requests.map((one) => one.operation))].map(operationQuery) })
  const names = new Map(apps.flatMap(({ data }) => (data ? [[data.agentId, data.name] as const] : [])))
  const titles = new Map(
    operations.flatMap(({ data }) =>
      data ? [[data.item.operation, lang === 'zh' ? data.item.title : data.item.titleEn] as const] : [],
    ),
  )

  async function decide(id: string, approve: boolean) {
    try {
      await call('delegation.request.decide', { id, approve })
    } finally {
      // What was refused has ended or was answered elsewhere; either way the list is another.
      await client.invalidateQueries({ queryKey: delegationKey })
    }
    message.success(approve ? w.approved : w.rejected)
  }

  return (
    <ConfirmationsView
      rows={found.data}
      appOf={(agentId) => names.get(agentId) ?? w.app(agentId)}
      titleOf={(operation) => titles.get(operation) ?? operation}
      error={found.error}
      onRetry={found.refetch}
      onDecide={decide}
    />
  )
}
