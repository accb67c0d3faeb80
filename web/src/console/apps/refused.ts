import type { CallItem } from '../../api/types'

/** The addresses of refused calls that are not let in since, each once with its newest call. */
export function newAddresses(calls: CallItem[], ips: string[]): { ip: string; at: number }[] {
  const list: { ip: string; at: number }[] = []
  for (const { ip, at } of calls) {
    if (!ips.includes(ip) && !list.some((one) => one.ip === ip)) list.push({ ip, at })
  }
  return list
}
