import { oneOf, text } from '../../search'

export const tabs = ['rules', 'people'] as const
export type Tab = (typeof tabs)[number]

export interface DataSearch {
  tab?: Tab
  q?: string
  /** The rule that is open, "new" for one that is being made. */
  rule?: string
  /** Protecting somebody. */
  protect?: 'yes'
}

/** The first tab is the page itself, so it has no mark in the address. */
export function parseDataSearch(search: Record<string, unknown>): DataSearch {
  const tab = oneOf(tabs, search.tab)
  return {
    tab: tab === 'rules' ? undefined : tab,
    q: text(search.q),
    rule: text(search.rule),
    protect: oneOf(['yes'], search.protect),
  }
}
