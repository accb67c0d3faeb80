import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App as Kit } from 'antd'
import { call } from '../../api/call'
import { eventsKey, oneSubscription } from '../../api/events'
import type { ReplayQuery } from '../../api/types'
import { useWords } from '../../ui/preferences'
import type { TabProps } from './Events'
import { ReplayFormView } from './ReplayFormView'
import { words } from './words'

interface Props {
  /** To whom; undefined where that is still to be chosen. */
  subscriptionId: string | undefined
  fromEventId: string | undefined
  onSearch: TabProps['onSearch']
}

/** Asks for a replay: nothing is told again before it was counted and confirmed. */
export function ReplayForm({ subscriptionId, fromEventId, onSearch }: Props) {
  const client = useQueryClient()
  const { message } = Kit.useApp()
  const w = useWords(words).replay
  const target = useQuery({ ...oneSubscription(subscriptionId ?? ''), enabled: subscriptionId !== undefined })
  const count = useMutation({ mutationFn: (query: ReplayQuery) => call('event.replay', { ...query, dryRun: true }) })
  return (
    <ReplayFormView
      subscription={target.data}
      subscriptionId={subscriptionId}
      fromEventId={fromEventId}
      count={{
        busy: count.isPending,
        error: count.error ?? target.error,
        of: count.variables,
        result: count.data,
        run: count.mutate,
        forget: count.reset,
      }}
      onStart={async (query) => {
        await call('event.replay', query)
        message.success(w.started)
        await client.invalidateQueries({ queryKey: eventsKey })
        onSearch({ tab: 'replays', replay: undefined, from: undefined })
      }}
      onClose={() => onSearch({ replay: undefined, from: undefined })}
    />
  )
}
