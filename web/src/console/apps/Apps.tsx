import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { apps } from '../../api/apps'
import { useKeys } from '../../ui/keys'
import { AppsView } from './AppsView'
import { CreateApp } from './CreateApp'
import type { AppsSearch } from './search'

const route = getRouteApi('/shell/apps')

export function Apps() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const found = useInfiniteQuery(apps({ search: search.q, state: search.state }))

  const set = (change: Partial<AppsSearch>) =>
    navigate({ search: (old) => ({ ...old, ...change }), replace: !('create' in change) })
  useKeys({ n: () => set({ create: 'yes' }) })

  return (
    <>
      <AppsView
        search={search}
        rows={found.data?.pages.flatMap((page) => page.list)}
        total={found.data?.pages.at(-1)?.totalCount}
        error={found.error}
        stale={found.isPlaceholderData}
        more={
          found.hasNextPage ? { busy: found.isFetchingNextPage, load: () => void found.fetchNextPage() } : undefined
        }
        onRetry={found.refetch}
        onSearch={set}
      />
      {search.create && <CreateApp onClose={() => set({ create: undefined })} />}
    </>
  )
}
