import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App as Kit } from 'antd'
import { call } from '../../api/call'
import { eventsKey, oneEvent } from '../../api/events'
import { useWords } from '../../ui/preferences'
import { EventDetailView } from './EventDetailView'
import type { TabProps } from './Events'
import { words } from './words'

interface Props {
  eventId: string
  onSearch: TabProps['onSearch']
}

export function EventDetail({ eventId, onSearch }: Props) {
  const client = useQueryClient()
  const { message } = Kit.useApp()
  const w = useWords(words).event
  // What is on its way is looked at again until it has arrived.
  const found = useQuery({
    ...oneEvent(eventId),
    refetchInterval: ({ state }) =>
      state.data?.deliveries.some((one) => one.state === 'waiting' || one.state === 'failed') ? 2000 : false,
  })
  return (
    <EventDetailView
      event={found.data}
      error={found.error}
      onRetry={found.refetch}
      onRepush={async (subscriptionId) => {
        await call('event.repush', { eventId, subscriptionId })
        message.success(w.repushed)
        await client.invalidateQueries({ queryKey: eventsKey })
      }}
      onReplay={(subscriptionId) => onSearch({ event: undefined, replay: subscriptionId ?? 'new', from: eventId })}
      onSubscription={(subscription) => onSearch({ event: undefined, subscription })}
      onClose={() => onSearch({ event: undefined })}
    />
  )
}
