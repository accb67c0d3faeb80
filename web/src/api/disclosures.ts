import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call } from './call'
import type { DisclosuresQuery } from './types'

export type DisclosuresFilter = Omit<DisclosuresQuery, 'cursor' | 'size'>

export const disclosuresKey = ['disclosure']

export const disclosures = (filter: DisclosuresFilter) =>
  infiniteQueryOptions({
    queryKey: [...disclosuresKey, 'list', filter],
    queryFn: ({ pageParam, signal }) => call('disclosure.list', { ...filter, cursor: pageParam, size: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.hasMore ? page.nextCursor : undefined),
    placeholderData: keepPreviousData,
  })

/** One record by its number: the first before the next number. Null where the retention removed it. */
export const disclosure = (seq: number) =>
  queryOptions({
    queryKey: [...disclosuresKey, 'one', seq],
    queryFn: async ({ signal }) => {
      const { list } = await call('disclosure.list', { cursor: String(seq + 1), size: 1 }, signal)
      return list.find((one) => one.seq === seq) ?? null
    },
  })

/** All records of a time as lines of JSON, as `gatepost audit verify` reads them. */
export async function exportDisclosures(
  { since, until }: { since?: number; until?: number },
  onPage: (lines: number) => void,
): Promise<string> {
  const lines: string[] = []
  let after: number | undefined
  do {
    const page = await call('disclosure.export', { since, until, after, size: 5000 })
    lines.push(...page.lines)
    onPage(lines.length)
    after = page.next
  } while (after)
  return `${lines.join('\n')}\n`
}
