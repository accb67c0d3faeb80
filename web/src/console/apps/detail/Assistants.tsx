import { useQuery, useQueryClient } from '@tanstack/react-query'
import { call } from '../../../api/call'
import { delegationKey, policy as policyQuery } from '../../../api/delegation'
import type { App, Policy } from '../../../api/types'
import { useWords } from '../../../ui/preferences'
import { useUndo } from '../../../ui/useUndo'
import { words } from '../words'
import { AssistantsTab } from './AssistantsTab'

/** What programs that act for people may call through the application. */
export function Assistants({ app }: { app: App }) {
  const client = useQueryClient()
  const undo = useUndo()
  const w = useWords(words).assistants
  const found = useQuery(policyQuery(app.agentId))

  async function set({ reads, operations }: Pick<Policy, 'reads' | 'operations'>) {
    await call('delegation.policy.set', { agentId: app.agentId, reads, operations })
    await client.invalidateQueries({ queryKey: delegationKey })
  }

  return (
    <AssistantsTab
      // A policy that was set elsewhere, or taken back, is what the form begins with again.
      key={found.data && JSON.stringify([found.data.reads, found.data.operations])}
      app={app}
      policy={found.data}
      error={found.error}
      onRetry={found.refetch}
      onSave={async (next) => {
        const before = found.data
        await set(next)
        if (before) undo(w.saved, () => set(before))
      }}
    />
  )
}
