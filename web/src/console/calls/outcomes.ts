import type { CallItem, CallOutcome } from '../../api/types'

/** Success and refusal look different in each dialect; only v1 refuses with HTTP 200. */
export function outcomeOf(call: Pick<CallItem, 'dialect' | 'status' | 'code'>): CallOutcome {
  if (call.status === 500) return 'error'
  if (call.dialect === 'v1' && call.code === '-1') return 'error'
  if (call.status >= 400) return 'refused'
  if (call.dialect === 'v1' && call.code !== '' && call.code !== '0') return 'refused'
  return 'ok'
}

/** The steps of a call, in their order. */
export const steps = ['find', 'identify', 'permit', 'limit', 'decode', 'invoke', 'mask', 'answer'] as const
