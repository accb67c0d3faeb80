import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'
import { expect, test, vi } from 'vitest'
import { Channel } from './channel'
import { encapsulate, following, fromBase64, toBase64 } from './hello'
import { derive, join, Line } from './line'
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

const session = bytes(2, 16)
const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })

async function decapsulate(recipientKey: CryptoKey, enc: Uint8Array): Promise<Uint8Array> {
  const recipient = await suite.createRecipientContext({
    recipientKey,
    enc: join(enc),
    info: text('gatepost channel v1'),
  })
  return new Uint8Array(await recipient.export(text('session'), 32))
}

/** A platform's end of one session, made of the same parts, that the test can have say anything. */
class Peer {
  static async with(run: (channel: Channel, peer: Peer) => Promise<void>): Promise<void> {
    const own = await suite.kem.generateKeyPair()
    const publicKey = toBase64(new Uint8Array(await suite.kem.serializePublicKey(own.publicKey)))
    vi.stubGlobal('fetch', async () => ({ json: async () => ({ publicKey, path: '/channel' }) }))
    const peer = new Peer(own.privateKey)
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
  secret = bytes(0, 32)
  private constructor(private readonly key: CryptoKey) {}
  ws!: { onopen(): void; onmessage(e: { data: unknown }): void; onclose(e: { reason: string }): void }
  readonly socket = fakeSocket(this)
  async hello(): Promise<void> {
    await vi.waitFor(() => expect(this.sent.length).toBe(1))
    const sent = this.sent[0] as string
    const hello = JSON.parse(sent) as { enc: string; pub: string }
    const toPlatform = await decapsulate(this.key, fromBase64(hello.enc))
    const { sealed, secret: toClient } = await encapsulate(fromBase64(hello.pub))
    const reply = JSON.stringify({ v: 1, session: toBase64(session), enc: toBase64(sealed), maxFrame: 1000 })
    const both = new Uint8Array(await crypto.subtle.digest('SHA-256', text(sent + reply)))
    this.secret = await derive(join(toPlatform, toClient), both, 'secret', 32)
    this.ws.onmessage({ data: reply })
  }

  /** Seals a message for the client, or opens one of the client's. */
  async cipher(number: number, sequence: number, of: Uint8Array, opens: boolean): Promise<Uint8Array> {
    const direction = opens ? 'u' : 'd'
    const made = await derive(this.secret, new Uint8Array(), `key ${direction}`, 44)
    const key = await crypto.subtle.importKey('raw', made.slice(0, 32), 'AES-GCM', false, [
      opens ? 'decrypt' : 'encrypt',
    ])
    const head = frameOf(number, sequence, 0)
    const iv = made.slice(32)
    for (let i = 0; i < 8; i++) iv[4 + i] = (iv[4 + i] ?? 0) ^ (head[4 + i] ?? 0)
    const how = { name: 'AES-GCM', iv, additionalData: join(text(`gatepost channel v1 ${direction}`), session, head) }
    if (!opens) return join(head, new Uint8Array(await crypto.subtle.encrypt(how, key, join(of))))
    expect(hex(of.slice(0, 12))).toBe(hex(head))
    return new Uint8Array(await crypto.subtle.decrypt(how, key, join(of.subarray(12))))
  }

  /** The n-th frame that the client sent. */
  async frame(n: number): Promise<Uint8Array> {
    await vi.waitFor(() => expect(this.sent.length).toBeGreaterThan(n))
    return this.sent[n] as Uint8Array
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

// feature: GW-017
test('keys are replaced with a call under way', async () => {
  await Peer.with(async (channel, peer) => {
    const call = channel.call({ method: 'GET', path: '/x' })
    expect(decode(await peer.cipher(1, 0, await peer.frame(1), true)).kind).toBe(Kind.call)

    const next = await suite.kem.generateKeyPair()
    const body = new Uint8Array(await suite.kem.serializePublicKey(next.publicKey))
    peer.say(await peer.cipher(1, 0, encode({ kind: Kind.rekey, body }), false))
    const word = decode(await peer.cipher(1, 1, await peer.frame(2), true))
    expect(word.kind).toBe(Kind.rekeyed)
    const answer = (n: number) =>
      encode({ kind: Kind.answer, call: n, flags: 1, head: text('{"status":200,"header":[]}'), body: text(`${n}`) })
    const old = await peer.cipher(1, 1, answer(1), false)
    expect(channel.keyNumber).toBe(1)

    peer.say(old) // said before the client's word came
    expect((await call).text).toBe('1')
    peer.secret = await following(peer.secret, await decapsulate(next.privateKey, word.body))
    const second = channel.call({ method: 'GET', path: '/y' })
    expect(decode(await peer.cipher(2, 0, await peer.frame(3), true)).call).toBe(2)
    peer.say(await peer.cipher(2, 0, encode({ kind: Kind.rekey }), false))
    peer.say(await peer.cipher(2, 1, answer(2), false))
    expect((await second).text).toBe('2')
    expect(channel.keyNumber).toBe(2)

    peer.say(old)
    expect(await channel.ended).toBe('key')
  })
})
