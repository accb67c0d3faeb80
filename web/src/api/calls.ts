import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call } from './call'
import type { CallsQuery } from './types'

export type CallsFilter = Omit<CallsQuery, 'cursor' | 'size'>

export const callsKey = ['call']

export const calls = (filter: CallsFilter) =>
  infiniteQueryOptions({
    queryKey: [...callsKey, 'list', filter],
    queryFn: ({ pageParam, signal }) => call('call.list', { ...filter, cursor: pageParam, size: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.hasMore ? page.nextCursor : undefined),
    placeholderData: keepPreviousData,
  })

/** One call, by either form of its id. A recorded call never changes, but whether its fix is still open does. */
export const oneCall = (requestId: string) =>
  queryOptions({
    queryKey: [...callsKey, 'one', requestId],
    queryFn: ({ signal }) => call('call.get', { requestId }, signal),
  })

/** How the calls of the last minutes ended: all, or one application's. */
export const callStats = (minutes: number, agentId?: number) =>
  queryOptions({
    queryKey: [...callsKey, 'stats', minutes, agentId],
    queryFn: ({ signal }) => call('call.stats', { minutes, agentId }, signal),
    refetchInterval: 30_000,
  })

/** The newest of an application's calls that were refused by what the search names. */
export const recentRefusals = (agentId: number, search: string) =>
  queryOptions({
    queryKey: [...callsKey, 'refused', agentId, search],
    queryFn: async ({ signal }) =>
      (await call('call.list', { agentId, outcome: 'refused', search, size: 5 }, signal)).list,
  })
