import { queryOptions } from '@tanstack/react-query'
import { call } from './call'

/** Everything of flow control lives under this key: a rule changes what its group and its packages mean. */
export const limitsKey = ['limit']

/** The rules with what their present windows have left; asked again as the windows go by. */
export const limitUsage = (platform = false) =>
  queryOptions({
    queryKey: [...limitsKey, 'usage', platform],
    queryFn: async ({ signal }) => (await call('limit.usage', { platform }, signal)).list,
    refetchInterval: 10_000,
  })

/** Where the company's days begin. */
export const limitZone = queryOptions({
  queryKey: [...limitsKey, 'zone'],
  queryFn: async ({ signal }) => (await call('limit.list', {}, signal)).timeZone,
})

export const limitGroups = queryOptions({
  queryKey: [...limitsKey, 'group'],
  queryFn: ({ signal }) => call('limit.group.list', {}, signal),
})

export const limitPackages = queryOptions({
  queryKey: [...limitsKey, 'package'],
  queryFn: async ({ signal }) => (await call('limit.package.list', {}, signal)).list,
  refetchInterval: 10_000,
})
