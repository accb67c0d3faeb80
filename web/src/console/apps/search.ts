import type { AppState } from '../../api/types'
import { oneOf, text } from '../../search'

export interface AppsSearch {
  q?: string
  state?: AppState
  create?: 'yes'
}

export function parseAppsSearch(search: Record<string, unknown>): AppsSearch {
  return {
    q: text(search.q),
    state: oneOf(['enabled', 'disabled'], search.state),
    create: oneOf(['yes'], search.create),
  }
}

export const tabs = ['overview', 'credentials', 'scopes', 'range', 'security', 'limits', 'assistants', 'test'] as const
export type Tab = (typeof tabs)[number]

export interface AppSearch {
  tab?: Tab
  /** A permission point that a refusal asked for, which the grant begins with. */
  request?: string
}

/** The first tab is the page itself, so it has no mark in the address. */
export function parseAppSearch(search: Record<string, unknown>): AppSearch {
  const tab = oneOf(tabs, search.tab)
  return { tab: tab === 'overview' ? undefined : tab, request: text(search.request) }
}
