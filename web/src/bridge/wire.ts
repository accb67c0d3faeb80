// What goes between a page and its container.
import type { Failure } from './failure'
import type { Params } from './requests'

/** A page's first word to its container, which brings a port. */
export const greeting = 'gatepost-bridge-1'

/** A call of an API, on the port. */
export interface Asked {
  id: number
  api: string
  params: Params
}

/** Its answer in the form that the SDK reads: success is the code "0". */
export type Reply = { errorCode: '0'; result: unknown } | Failure

export interface Replied {
  id: number
  reply: Reply
}
