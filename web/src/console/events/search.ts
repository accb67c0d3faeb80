import type { EventsFilter } from '../../api/events'
import type { DeliveryState } from '../../api/types'
import { oneOf, text, whole } from '../../search'

export const tabs = ['log', 'subscriptions', 'replays'] as const
export type Tab = (typeof tabs)[number]

export const states = ['waiting', 'failed', 'delivered', 'dead', 'dropped'] as const satisfies DeliveryState[]

export interface EventsSearch {
  tab?: Tab
  app?: number
  name?: string
  object?: string
  /** Only events that this subscription was to be told of. */
  to?: string
  state?: DeliveryState
  since?: number
  until?: number
  live?: 'yes'
  /** The event that is open. */
  event?: string
  /** The subscription that is open. */
  subscription?: string
  /** Asking for a replay: to a subscription, or "new" where that is still to be chosen. */
  replay?: string
  /** The event from which on that is. */
  from?: string
}

/** The first tab is the page itself, so it has no mark in the address. */
export function parseEventsSearch(search: Record<string, unknown>): EventsSearch {
  const tab = oneOf(tabs, search.tab)
  return {
    tab: tab === 'log' ? undefined : tab,
    app: whole(search.app),
    name: text(search.name),
    object: text(search.object),
    to: text(search.to),
    state: oneOf(states, search.state),
    since: whole(search.since),
    until: whole(search.until),
    live: oneOf(['yes'], search.live),
    event: text(search.event),
    subscription: text(search.subscription),
    replay: text(search.replay),
    from: text(search.from),
  }
}

/** What the address says, as the platform is asked for it. */
export function eventsFilter(search: EventsSearch): EventsFilter {
  return {
    agentId: search.app,
    name: search.name?.trim(),
    object: search.object?.trim(),
    subscriptionId: search.to,
    state: search.state,
    since: search.since,
    until: search.until,
  }
}

/** Whether anything narrows the list, so that an empty one is told from a company in which nothing has happened. */
export function narrowed(search: EventsSearch): boolean {
  return Object.values(eventsFilter(search)).some((value) => value !== undefined)
}
