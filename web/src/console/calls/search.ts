import type { CallsFilter } from '../../api/calls'
import type { CallOutcome } from '../../api/types'
import { oneOf, text, whole } from '../../search'

export interface CallsSearch {
  outcome?: CallOutcome
  app?: number
  path?: string
  /** A limit that only counts and would have refused; "any" for whichever. */
  shadow?: string
  q?: string
  id?: string
  since?: number
  until?: number
  live?: 'yes'
}

export const outcomes = ['ok', 'refused', 'error'] as const

export function parseCallsSearch(search: Record<string, unknown>): CallsSearch {
  return {
    outcome: oneOf(outcomes, search.outcome),
    app: whole(search.app),
    path: text(search.path),
    shadow: text(search.shadow),
    q: text(search.q),
    id: text(search.id),
    since: whole(search.since),
    until: whole(search.until),
    live: oneOf(['yes'], search.live),
  }
}

/** What the address says, as the platform is asked for it. */
export function callsFilter(search: CallsSearch): CallsFilter {
  return {
    outcome: search.outcome,
    agentId: search.app,
    path: search.path?.trim(),
    shadow: search.shadow,
    search: search.q?.trim(),
    requestId: search.id?.trim(),
    since: search.since,
    until: search.until,
  }
}

/** Whether anything narrows the list, so that an empty one is told from a platform nobody has called yet. */
export function narrowed(search: CallsSearch): boolean {
  return Object.values(callsFilter(search)).some((value) => value !== undefined)
}
