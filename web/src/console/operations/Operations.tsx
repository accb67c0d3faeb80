import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { scopes } from '../../api/apps'
import { operations } from '../../api/operations'
import { OperationsView } from './OperationsView'
import { operationsFilter } from './search'

const route = getRouteApi('/shell/operations')

export function Operations() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const found = useInfiniteQuery(operations(operationsFilter(search)))
  const known = useQuery(scopes)
  return (
    <OperationsView
      search={search}
      scopes={known.data?.list}
      rows={found.data?.pages.flatMap((page) => page.list)}
      total={found.data?.pages.at(-1)?.totalCount}
      error={found.error}
      stale={found.isPlaceholderData}
      more={found.hasNextPage ? { busy: found.isFetchingNextPage, load: () => void found.fetchNextPage() } : undefined}
      onRetry={found.refetch}
      onSearch={(change) => navigate({ search: (old) => ({ ...old, ...change }), replace: true })}
    />
  )
}
