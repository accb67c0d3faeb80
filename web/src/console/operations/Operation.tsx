import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { call } from '../../api/call'
import { operation as operationQuery, operationsKey } from '../../api/operations'
import { session } from '../../api/session'
import type { SwitchChange } from '../../api/types'
import { useWords } from '../../ui/preferences'
import { useUndo } from '../../ui/useUndo'
import { OperationView } from './OperationView'
import { words } from './words'

const route = getRouteApi('/shell/operations/detail')

export function Operation() {
  const { name } = route.useSearch()
  const client = useQueryClient()
  const undo = useUndo()
  const w = useWords(words)
  const { data: who } = useQuery(session)
  const found = useQuery(operationQuery(name))

  async function turn(change: SwitchChange) {
    await call('operation.switch', change)
    await client.invalidateQueries({ queryKey: operationsKey })
  }

  return (
    <OperationView
      name={name}
      found={found.data}
      error={found.error}
      operator={who?.operator === true}
      onRetry={found.refetch}
      onSwitch={async (change) => {
        const before = found.data?.item.switches.find((one) => one.platform === (change.platform === true))
        await turn(change)
        undo(w.switch.done[change.state], () =>
          turn({
            operation: change.operation,
            platform: change.platform,
            state: before?.state ?? 'open',
            apps: before?.state === 'allowed' ? before.apps : undefined,
            reason: before?.reason,
          }),
        )
      }}
    />
  )
}
