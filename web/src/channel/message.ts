// What a frame holds, as internal/channel/message.go writes it: kind, call, flags, length of head, head, body.
import { join } from './line'
import { Ended } from './reason'

export const Kind = { call: 1, answer: 2, rekey: 3, rekeyed: 4, close: 5 } as const
export const last = 1
export const broken = 2
const size = 10

export interface Message {
  kind: number
  call: number
  flags: number
  head: Uint8Array
  body: Uint8Array
}

const nothing = new Uint8Array()

export function encode(m: Partial<Message> & { kind: number }): Uint8Array<ArrayBuffer> {
  const { kind, call = 0, flags = 0, head = nothing, body = nothing } = m
  const fixed = new Uint8Array(size)
  const view = new DataView(fixed.buffer)
  view.setUint8(0, kind)
  view.setUint32(1, call)
  view.setUint8(5, flags)
  view.setUint32(6, head.length)
  return join(fixed, head, body)
}

export function decode(b: Uint8Array): Message {
  if (b.length < size) throw new Ended('malformed')
  const view = new DataView(b.buffer, b.byteOffset, size)
  const kind = view.getUint8(0)
  const flags = view.getUint8(5)
  const end = size + view.getUint32(6)
  if (kind < Kind.call || kind > Kind.close || flags > (last | broken) || end > b.length) throw new Ended('malformed')
  return { kind, call: view.getUint32(1), flags, head: b.subarray(size, end), body: b.subarray(end) }
}
