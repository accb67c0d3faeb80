import { queryOptions } from '@tanstack/react-query'
import { call, Refusal } from './call'

/** Whether the platform still waits for its first administrator. */
export const setupStatus = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => call('setup.status', {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Who is signed in; null is nobody, which is an answer and not an error. */
export const session = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => {
    try {
      return await call('session.get', {}, signal)
    } catch (err) {
      if (err instanceof Refusal && err.status === 401) return null
      throw err
    }
  },
  staleTime: 60_000,
})

export const corps = queryOptions({
  queryKey: ['corp'],
  queryFn: ({ signal }) => call('corp.list', {}, signal),
})

/** The corp's clock, and how far the platform's real one was from this browser's when the answer came. */
export const clock = queryOptions({
  queryKey: ['clock'],
  queryFn: async ({ signal }) => {
    const answer = await call('clock.get', {}, signal)
    return { ...answer, ahead: answer.now - answer.offsetMs - Date.now() }
  },
  refetchInterval: 60_000,
})

export const settings = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => call('corp.settings.get', {}, signal),
})

export const platform = queryOptions({
  queryKey: ['platform'],
  queryFn: ({ signal }) => call('platform.info', {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
})
