import type { LimitChange, LimitWindow } from '../../api/types'

export type What = 'all' | 'operation' | 'group'

export interface Subject {
  agentId?: number
  what: What
  operation?: string
  group?: string
}

/** What a rule may count of a subject. The platform refuses the rest; a form does not offer it. */
export function windowsOf({ agentId, what }: Subject): LimitWindow[] {
  return agentId !== undefined && what !== 'operation' ? ['minute', 'day'] : ['second', 'minute', 'day']
}

/** What can be counted of all apps together: only one operation, because everything would be nobody's limit. */
export function whatsOf(agentId: number | undefined): What[] {
  return agentId === undefined ? ['operation'] : ['all', 'operation', 'group']
}

/** All that an app calls in a day is the only subject of both levels. */
export function levelsOf({ agentId, what }: Subject, window: LimitWindow): (1 | 2)[] {
  if (agentId === undefined) return [1]
  return what === 'all' && window === 'day' ? [1, 2] : [2]
}

/** The subject as the platform is told it. */
export function told({
  agentId,
  what,
  operation,
  group,
}: Subject): Pick<LimitChange, 'agentId' | 'operation' | 'group'> {
  return {
    agentId,
    operation: what === 'operation' ? operation : undefined,
    group: what === 'group' ? group : undefined,
  }
}
