import { queryOptions } from '@tanstack/react-query'
import { call } from './call'

/** Every group and every version lives under this key: whatever is changed of one may show in the other. */
export const apisKey = ['api']

export const apis = queryOptions({
  queryKey: [...apisKey, 'list'],
  queryFn: ({ signal }) => call('api.list', {}, signal),
})

export const api = (group: string, version: string) =>
  queryOptions({
    queryKey: [...apisKey, 'one', group, version],
    queryFn: ({ signal }) => call('api.get', { group, version }, signal),
  })

export const publications = (group: string, version: string) =>
  queryOptions({
    queryKey: [...apisKey, 'publications', group, version],
    queryFn: ({ signal }) => call('api.versions', { group, version }, signal),
  })

/** What the draft changes for callers of what is live. */
export const changes = (group: string, version: string) =>
  queryOptions({
    queryKey: [...apisKey, 'changes', group, version],
    queryFn: ({ signal }) => call('api.diff', { group, fromVersion: version, toVersion: version }, signal),
  })

/** Asked again and again: it changes without anybody's doing. */
export const health = (group: string) =>
  queryOptions({
    queryKey: [...apisKey, 'health', group],
    queryFn: ({ signal }) => call('api.upstream.health', { group }, signal),
    refetchInterval: 5000,
  })
