import type { LimitPackage } from '../../api/types'

export type PackageState = 'coming' | 'active' | 'empty' | 'ended'

export function stateOf(one: LimitPackage, now: number): PackageState {
  if (now >= one.endsAt) return 'ended'
  if (one.remaining === 0) return 'empty'
  return now < one.startsAt ? 'coming' : 'active'
}

/** The place of each package in the order in which its app's calls consume them; none for those that have nothing to give. */
export function orderOf(list: LimitPackage[], now: number): Map<string, number> {
  const order = new Map<string, number>()
  const taken = new Map<number, number>()
  for (const one of list) {
    if (stateOf(one, now) !== 'active') continue
    const place = (taken.get(one.agentId) ?? 0) + 1
    taken.set(one.agentId, place)
    order.set(one.id, place)
  }
  return order
}
