import { queryOptions } from '@tanstack/react-query'
import { call } from './call'

export const delegationKey = ['delegation']

/** What assistants may call through an application. */
export const policy = (agentId: number) =>
  queryOptions({
    queryKey: [...delegationKey, 'policy', agentId],
    queryFn: ({ signal }) => call('delegation.policy.get', { agentId }, signal),
  })

/** What assistants ask the signed-in person to confirm. They come without anything being done here, so it is asked anew. */
export const asked = queryOptions({
  queryKey: [...delegationKey, 'asked'],
  queryFn: async ({ signal }) => (await call('delegation.request.list', {}, signal)).list ?? [],
  refetchInterval: 10_000,
})
