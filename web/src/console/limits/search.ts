import type { LimitUsage } from '../../api/types'
import { oneOf, text, whole } from '../../search'

export const tabs = ['rules', 'packages', 'groups'] as const
export type Tab = (typeof tabs)[number]

export interface LimitsSearch {
  tab?: Tab
  q?: string
  app?: number
  /** The rules of the whole platform instead of the company's. */
  platform?: 'yes'
  /** The rule that is open, "new" for one that is being made. */
  rule?: string
  /** What a new rule begins with. */
  op?: string
  /** Granting a package. */
  grant?: 'yes'
}

/** The first tab is the page itself, so it has no mark in the address. */
export function parseLimitsSearch(search: Record<string, unknown>): LimitsSearch {
  const tab = oneOf(tabs, search.tab)
  return {
    tab: tab === 'rules' ? undefined : tab,
    q: text(search.q),
    app: whole(search.app),
    platform: oneOf(['yes'], search.platform),
    rule: text(search.rule),
    op: text(search.op),
    grant: oneOf(['yes'], search.grant),
  }
}

/** The rules that the address asks for, those nearest to their limit first. */
export function shownRules(all: LimitUsage[], search: LimitsSearch): LimitUsage[] {
  const wanted = search.q?.trim().toLowerCase()
  return all
    .filter(({ rule }) => search.app === undefined || rule.agentId === search.app)
    .filter(
      ({ rule }) =>
        !wanted || `${rule.appName ?? ''}\n${rule.operation ?? ''}\n${rule.group ?? ''}`.toLowerCase().includes(wanted),
    )
    .toSorted((a, b) => fullness(b) - fullness(a) || a.rule.id.localeCompare(b.rule.id))
}

/** How much of a rule's window is used, 1 for all of it. */
export function fullness({ used, rule }: LimitUsage): number {
  return rule.max === 0 ? 1 : used / rule.max
}
