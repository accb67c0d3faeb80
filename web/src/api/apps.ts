import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call } from './call'
import type { AppsQuery } from './types'

export type AppsFilter = Pick<AppsQuery, 'search' | 'state'>

/** Every list and every single application lives under this key, so one invalidation covers what a change can touch. */
export const appsKey = ['app']

export const apps = (filter: AppsFilter) =>
  infiniteQueryOptions({
    queryKey: [...appsKey, 'list', filter],
    queryFn: ({ pageParam, signal }) => call('app.list', { ...filter, cursor: pageParam, size: 30 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.hasMore ? page.nextCursor : undefined),
    placeholderData: keepPreviousData,
  })

export const app = (agentId: number) =>
  queryOptions({
    queryKey: [...appsKey, 'one', agentId],
    queryFn: ({ signal }) => call('app.get', { agentId }, signal),
  })

/** Applications by name, for choosing one. */
export const appChoices = (search: string) =>
  queryOptions({
    queryKey: [...appsKey, 'choices', search],
    queryFn: ({ signal }) => call('app.list', { search: search || undefined, size: 20 }, signal),
    placeholderData: keepPreviousData,
  })

/** The table of permission points changes only with a new version of the platform. */
export const scopes = queryOptions({
  queryKey: ['scope'],
  queryFn: ({ signal }) => call('scope.list', {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
})
