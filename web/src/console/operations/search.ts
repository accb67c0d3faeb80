import type { OperationsFilter } from '../../api/operations'
import type { Grade, OperationsQuery, Position } from '../../api/types'
import { oneOf, text } from '../../search'

type Which = NonNullable<OperationsQuery['which']>

export interface OperationsSearch {
  q?: string
  dialect?: 'v1' | 'v2'
  grade?: Grade
  scope?: string
  state?: Position
  which?: Which
}

export const grades = ['R1', 'R2', 'W1', 'W2'] as const
export const positions = ['open', 'allowed', 'closed'] as const
export const whiches = ['offered', 'known', 'all'] as const

export function parseOperationsSearch(search: Record<string, unknown>): OperationsSearch {
  return {
    q: text(search.q),
    dialect: oneOf(['v1', 'v2'], search.dialect),
    grade: oneOf(grades, search.grade),
    scope: text(search.scope),
    state: oneOf(positions, search.state),
    which: oneOf(['known', 'all'], search.which),
  }
}

/** What the address says, as the platform is asked for it: without a word about it, what is offered. */
export function operationsFilter({ q, which = 'offered', ...rest }: OperationsSearch): OperationsFilter {
  return { ...rest, which, search: q?.trim() }
}

/** Whether anything narrows the list of what is offered. */
export function narrowed(search: OperationsSearch): boolean {
  return Object.values(search).some((value) => value !== undefined)
}

export interface OperationSearch {
  /** The path, or method and path: too much for a part of the address. */
  name: string
}

export function parseOperationSearch(search: Record<string, unknown>): OperationSearch {
  return { name: text(search.name) ?? '' }
}
