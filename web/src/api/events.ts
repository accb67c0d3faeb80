import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call } from './call'
import type { EventsQuery } from './types'

export type EventsFilter = Omit<EventsQuery, 'cursor' | 'size'>

export const eventsKey = ['event']

export const events = (filter: EventsFilter) =>
  infiniteQueryOptions({
    queryKey: [...eventsKey, 'list', filter],
    queryFn: ({ pageParam, signal }) => call('event.list', { ...filter, cursor: pageParam, size: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.hasMore ? page.nextCursor : undefined),
    placeholderData: keepPreviousData,
  })

/** One event with what became of it. */
export const oneEvent = (eventId: string) =>
  queryOptions({
    queryKey: [...eventsKey, 'one', eventId],
    queryFn: ({ signal }) => call('event.get', { eventId }, signal),
  })

export const subscriptions = (agentId: number | undefined) =>
  infiniteQueryOptions({
    queryKey: [...eventsKey, 'subscriptions', agentId],
    queryFn: ({ pageParam, signal }) => call('event.subscriptions', { agentId, cursor: pageParam, size: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.hasMore ? page.nextCursor : undefined),
    placeholderData: keepPreviousData,
  })

export const oneSubscription = (subscriptionId: string) =>
  queryOptions({
    queryKey: [...eventsKey, 'subscription', subscriptionId],
    queryFn: ({ signal }) => call('event.subscription.get', { subscriptionId }, signal),
  })

/** How the tries of a subscription went, hour by hour, in the last day. */
export const subscriptionStats = (subscriptionId: string) =>
  queryOptions({
    queryKey: [...eventsKey, 'stats', subscriptionId],
    queryFn: ({ signal }) => call('event.stats', { subscriptionId }, signal),
    refetchInterval: 30_000,
  })

export const deadOf = (subscriptionId: string) =>
  queryOptions({
    queryKey: [...eventsKey, 'dead', subscriptionId],
    queryFn: ({ signal }) => call('event.dead', { subscriptionId, size: 20 }, signal),
  })

export const replays = infiniteQueryOptions({
  queryKey: [...eventsKey, 'replays'],
  queryFn: ({ pageParam, signal }) => call('event.replay.list', { cursor: pageParam, size: 20 }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => (page.hasMore ? page.nextCursor : undefined),
})
