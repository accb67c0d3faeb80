import { expect, test, vi } from 'vitest'
import { Channel } from './channel'
import { encapsulate, following, fromBase64, toBase64 } from './hello'
import { join, Line } from './line'
import { decode, encode, Kind } from './message'
import type { Reason } from './reason'

const bytes = (of: number, n: number) => new Uint8Array(n).fill(of)
const hex = (b: Uint8Array) => [...b].map((x) => x.toString(16).padStart(2, '0')).join('')
const text = (s: string) => new TextEncoder().encode(s)

// The same bytes are in internal/channel/channel_test.go: both ends compute alike.
test('frames and the next secret are those of the platform', async () => {
  const line = await Line.of(bytes(1, 32), bytes(2, 16), 'u', 7)
  const frame = await line.seal(encode({ kind: Kind.call, call: 5, flags: 1, head: text('{}'), body: text('body') }))
  expect(hex(frame)).toBe('000000070000000000000000657557481f62c7b31ed37a2c778b79715d61cbc8a2c1c8ff9318287151945aba')
  expect(hex(await following(bytes(3, 32).fill(1), bytes(3, 32)))).toBe(
    '3e3c506472e49452b0b3c3ebad6e827f37d26bcb8d4d01637be27fb76556352d',
  )
})

test('messages are read as they are written, and others are not', () => {
  const m = { kind: Kind.answer, call: 9, flags: 1, head: text('{}'), body: text('x') }
  expect(decode(encode(m))).toEqual(m)
  for (const wrong of [bytes(0, 9), bytes(0, 10), bytes(9, 10), bytes(1, 10)])
    expect(() => decode(wrong)).toThrow('malformed')
})

/** A platform's end of one session, made of the same parts, that the test can have say anything. */
class Peer {
  static async with(run: (channel: Channel, peer: Peer) => Promise<void>): Promise<void> {
    const kem = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
    const publicKey = toBase64(new Uint8Array(await crypto.subtle.exportKey('raw', kem.publicKey)))
    vi.stubGlobal('fetch', async () => ({ json: async () => ({ publicKey, path: '/channel' }) }))
    const peer = new Peer()
    try {
      const socket = peer.socket as unknown as typeof WebSocket
      const opened = Channel.open('http://platform.example', { WebSocket: socket }).catch((err) => err)
      await peer.hello()
      const channel = await opened
      expect(channel).toBeInstanceOf(Channel)
      await run(channel, peer)
    } finally {
      vi.unstubAllGlobals()
    }
  }

  sent: unknown[] = []
  ws!: { onopen(): void; onmessage(e: { data: unknown }): void; onclose(e: { reason: string }): void }
  readonly socket = fakeSocket(this)
  async hello(): Promise<void> {
    await vi.waitFor(() => expect(this.sent.length).toBe(1))
    const hello = JSON.parse(this.sent[0] as string) as { pub: string }
    const { sealed } = await encapsulate(fromBase64(hello.pub))
    this.ws.onmessage({
      data: JSON.stringify({ v: 1, session: toBase64(bytes(2, 16)), enc: toBase64(sealed), maxFrame: 1000 }),
    })
  }

  say(frame: Uint8Array): void {
    this.ws.onmessage({ data: join(frame).buffer })
  }
}

function fakeSocket(peer: Peer) {
  return class {
    binaryType = ''
    onopen = () => {}
    onmessage = () => {}
    onclose = () => {}
    constructor() {
      peer.ws = this
      queueMicrotask(() => this.onopen())
    }
    send(data: unknown) {
      peer.sent.push(data)
    }
    close() {}
  }
}

const frameOf = (number: number, sequence: number, rest: number) => {
  const frame = new Uint8Array(12 + rest)
  const view = new DataView(frame.buffer)
  view.setUint32(0, number)
  view.setBigUint64(4, BigInt(sequence))
  return frame
}

test.each<[string, Uint8Array, Reason]>([
  ['of another key', frameOf(2, 0, 40), 'key'],
  ['out of order', frameOf(1, 1, 40), 'sequence'],
  ['made up', frameOf(1, 0, 40), 'forged'],
  ['too short', frameOf(1, 0, 3), 'malformed'],
])('a frame %s ends the session', async (_, frame, reason) => {
  await Peer.with(async (channel, peer) => {
    const call = channel.call({ method: 'GET', path: '/' })
    peer.say(frame)
    await expect(call).rejects.toMatchObject({ reason })
    expect(await channel.ended).toBe(reason)
    await expect(channel.call({ method: 'GET', path: '/' })).rejects.toMatchObject({ reason })
  })
})

test('a connection that ends without a word is told as truncated', async () => {
  await Peer.with(async (channel, peer) => {
    const call = channel.call({ method: 'GET', path: '/' })
    peer.ws.onclose({ reason: '' })
    await expect(call).rejects.toMatchObject({ reason: 'truncated' })
  })
})

test('a call that does not fit into a frame is not sent', async () => {
  await Peer.with(async (channel) => {
    await expect(channel.call({ method: 'POST', path: '/', body: 'x'.repeat(1000) })).rejects.toThrow('at most 1000')
  })
})
