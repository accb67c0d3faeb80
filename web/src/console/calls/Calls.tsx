import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Outlet } from '@tanstack/react-router'
import { app as appQuery } from '../../api/apps'
import { callStats, calls } from '../../api/calls'
import { platform } from '../../api/session'
import { CallsView } from './CallsView'
import { type CallsSearch, callsFilter } from './search'

const route = getRouteApi('/shell/calls')

/** How often a live list asks. It rests while the page is hidden, which is the query library's own manner. */
const livePace = 2000

export function Calls() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const live = search.live === 'yes'
  const found = useInfiniteQuery({ ...calls(callsFilter(search)), refetchInterval: live && livePace })
  const stats = useQuery({ ...callStats(60), ...(live && { refetchInterval: livePace }) })
  const { data: info } = useQuery(platform)
  const chosen = useQuery({ ...appQuery(search.app ?? 0), enabled: search.app !== undefined })

  return (
    <>
      <CallsView
        search={search}
        appName={chosen.data?.name}
        url={info?.url ?? location.origin}
        buckets={stats.data?.buckets}
        rows={found.data?.pages.flatMap((page) => page.list)}
        error={found.error}
        stale={found.isPlaceholderData}
        more={
          found.hasNextPage ? { busy: found.isFetchingNextPage, load: () => void found.fetchNextPage() } : undefined
        }
        onRetry={found.refetch}
        onSearch={(change: Partial<CallsSearch>) =>
          navigate({ to: '/calls', search: (old) => ({ ...old, ...change }), replace: true })
        }
      />
      <Outlet />
    </>
  )
}
