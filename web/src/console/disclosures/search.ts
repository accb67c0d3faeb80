import type { DisclosuresFilter } from '../../api/disclosures'
import { text, whole } from '../../search'

export interface DisclosuresSearch {
  /** Whom a record is about. */
  person?: string
  /** Who saw it. */
  user?: string
  app?: number
  field?: string
  since?: number
  until?: number
  /** The record that is open. */
  record?: number
}

export function parseDisclosuresSearch(search: Record<string, unknown>): DisclosuresSearch {
  return {
    person: text(search.person),
    user: text(search.user),
    app: whole(search.app),
    field: text(search.field),
    since: whole(search.since),
    until: whole(search.until),
    record: whole(search.record),
  }
}

/** What the address says, as the platform is asked for it. */
export function disclosuresFilter(search: DisclosuresSearch): DisclosuresFilter {
  return {
    personId: search.person?.trim(),
    userId: search.user?.trim(),
    agentId: search.app,
    field: search.field?.trim(),
    since: search.since,
    until: search.until,
  }
}

/** Whether anything narrows the list, so that an empty one is told from a company of which nobody saw anything yet. */
export function narrowed(search: DisclosuresSearch): boolean {
  return Object.values(disclosuresFilter(search)).some((value) => value !== undefined)
}
