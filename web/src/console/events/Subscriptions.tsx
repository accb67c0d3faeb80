import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { App as Kit } from 'antd'
import { app as appQuery } from '../../api/apps'
import { call } from '../../api/call'
import { eventsKey, subscriptions } from '../../api/events'
import { useWords } from '../../ui/preferences'
import type { TabProps } from './Events'
import { livePace } from './live'
import { SubscriptionsView } from './SubscriptionsView'
import { words } from './words'

export function Subscriptions({ search, onSearch }: TabProps) {
  const client = useQueryClient()
  const { message } = Kit.useApp()
  const w = useWords(words).subscription
  const found = useInfiniteQuery({ ...subscriptions(search.app), refetchInterval: livePace(search) })
  const chosen = useQuery({ ...appQuery(search.app ?? 0), enabled: search.app !== undefined })
  return (
    <SubscriptionsView
      search={search}
      appName={chosen.data?.name}
      rows={found.data?.pages.flatMap((page) => page.list)}
      error={found.error}
      stale={found.isPlaceholderData}
      more={found.hasNextPage ? { busy: found.isFetchingNextPage, load: () => void found.fetchNextPage() } : undefined}
      onRetry={found.refetch}
      onSearch={onSearch}
      onAdd={async (made) => {
        const { subscriptionId } = await call('event.subscription.create', made)
        message.success(w.added)
        await client.invalidateQueries({ queryKey: eventsKey })
        onSearch({ subscription: subscriptionId })
      }}
    />
  )
}
