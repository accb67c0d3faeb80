import type { LimitChange, LimitWindow } from '../../api/types'

/** In place of an app: each app is counted by itself. */
export const eachApp = -1
/** In place of an operation: each operation is counted by itself. */
export const eachOperation = '*'

export type What = 'all' | 'operation' | 'each' | 'group'

export interface Subject {
  agentId?: number
  what: What
  operation?: string
  group?: string
}

/** What a rule may count of a subject. The platform refuses the rest; a form does not offer it. */
export function windowsOf({ agentId, what }: Subject): LimitWindow[] {
  const several = what === 'all' || what === 'group'
  return agentId !== undefined && several ? ['minute', 'day'] : ['second', 'minute', 'day']
}

/** What can be counted of an app, of each app, or of all together: of these only operations, or it would be nobody's limit. */
export function whatsOf(agentId: number | undefined): What[] {
  if (agentId === undefined) return ['operation', 'each']
  return agentId === eachApp ? ['all', 'operation', 'each'] : ['all', 'operation', 'each', 'group']
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
    operation: what === 'operation' ? operation : what === 'each' ? eachOperation : undefined,
    group: what === 'group' ? group : undefined,
  }
}
