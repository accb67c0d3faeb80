import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { app as appQuery } from '../../api/apps'
import { events } from '../../api/events'
import type { TabProps } from './Events'
import { LogView } from './LogView'
import { livePace } from './live'
import { eventsFilter } from './search'

export function Log({ search, onSearch }: TabProps) {
  const found = useInfiniteQuery({ ...events(eventsFilter(search)), refetchInterval: livePace(search) })
  const chosen = useQuery({ ...appQuery(search.app ?? 0), enabled: search.app !== undefined })
  return (
    <LogView
      search={search}
      appName={chosen.data?.name}
      rows={found.data?.pages.flatMap((page) => page.list)}
      error={found.error}
      stale={found.isPlaceholderData}
      more={found.hasNextPage ? { busy: found.isFetchingNextPage, load: () => void found.fetchNextPage() } : undefined}
      onRetry={found.refetch}
      onSearch={onSearch}
    />
  )
}
