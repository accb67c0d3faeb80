import { queryOptions } from '@tanstack/react-query'
import { call } from './call'

/** The company's data key; asked again while rows are sealed anew. */
export const keyStatus = queryOptions({
  queryKey: ['key'],
  queryFn: ({ signal }) => call('key.status', {}, signal),
  refetchInterval: ({ state }) => (state.data?.done === false ? 1000 : false),
})
