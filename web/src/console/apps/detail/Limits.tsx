import { useQuery } from '@tanstack/react-query'
import { callStats, recentRefusals } from '../../../api/calls'
import { limitPackages, limitUsage } from '../../../api/limits'
import type { App } from '../../../api/types'
import { LimitsTab } from './LimitsTab'

/** What bounds the application, how much of it is left, and what it was refused for it. */
export function Limits({ app }: { app: App }) {
  const rules = useQuery(limitUsage())
  const packages = useQuery(limitPackages)
  const refused = useQuery(recentRefusals(app.agentId, 'limit.'))
  const stats = useQuery(callStats(60, app.agentId))
  return (
    <LimitsTab
      app={app}
      buckets={stats.data?.buckets}
      rules={rules.data?.filter(({ rule }) => rule.agentId === app.agentId)}
      rulesError={rules.error}
      onRulesRetry={rules.refetch}
      packages={packages.data?.filter((one) => one.agentId === app.agentId)}
      refused={refused.data}
    />
  )
}
