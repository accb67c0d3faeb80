import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { App as Kit } from 'antd'
import { call } from '../../api/call'
import { eventsKey, replays } from '../../api/events'
import { useWords } from '../../ui/preferences'
import type { TabProps } from './Events'
import { livePace } from './live'
import { ReplaysView } from './ReplaysView'
import { words } from './words'

export function Replays({ search, onSearch }: TabProps) {
  const client = useQueryClient()
  const { message } = Kit.useApp()
  const w = useWords(words).replay
  const found = useInfiniteQuery({
    ...replays,
    // One that runs is watched.
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.list.some((one) => one.state === 'running')) ? 1000 : livePace(search),
  })
  return (
    <ReplaysView
      rows={found.data?.pages.flatMap((page) => page.list)}
      error={found.error}
      more={found.hasNextPage ? { busy: found.isFetchingNextPage, load: () => void found.fetchNextPage() } : undefined}
      onRetry={found.refetch}
      onNew={() => onSearch({ replay: 'new', from: undefined })}
      onStop={async (replayId) => {
        await call('event.replay.stop', { replayId })
        message.success(w.stopped)
        await client.invalidateQueries({ queryKey: eventsKey })
      }}
    />
  )
}
