// One direction of a session under one key; what internal/channel/line.go is on the platform's side.
import { Ended } from './reason'

export type Direction = 'u' | 'd'

const headSize = 12
const label = 'gatepost channel v1'
const text = new TextEncoder()

/** HKDF-SHA256 for one purpose. */
export async function derive(
  secret: Uint8Array,
  salt: Uint8Array,
  purpose: string,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', copy(secret), 'HKDF', false, ['deriveBits'])
  const bits = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: copy(salt), info: text.encode(`${label} ${purpose}`) },
    key,
    size * 8,
  )
  return new Uint8Array(bits)
}

/** Joins bytes in a new array. */
export function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const copy = (bytes: Uint8Array) => join(bytes)

export class Line {
  #next = 0n

  private constructor(
    readonly number: number,
    private readonly key: CryptoKey,
    private readonly nonce: Uint8Array,
    private readonly about: Uint8Array,
  ) {}

  /** The line in a direction under the number-th secret of a session. */
  static async of(secret: Uint8Array, session: Uint8Array, direction: Direction, number: number): Promise<Line> {
    const made = await derive(secret, new Uint8Array(), `key ${direction}`, 44)
    const usage: KeyUsage = direction === 'u' ? 'encrypt' : 'decrypt'
    const key = await crypto.subtle.importKey('raw', made.slice(0, 32), 'AES-GCM', false, [usage])
    return new Line(number, key, made.slice(32), join(text.encode(`${label} ${direction}`), session))
  }

  #at(head: Uint8Array): AesGcmParams {
    const nonce = copy(this.nonce)
    for (let i = 0; i < 8; i++) nonce[4 + i] = (nonce[4 + i] ?? 0) ^ (head[4 + i] ?? 0)
    return { name: 'AES-GCM', iv: nonce, additionalData: join(this.about, head) }
  }

  /** Makes the next frame. Its number is taken at once, so calls may overlap. */
  async seal(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const head = new Uint8Array(headSize)
    const view = new DataView(head.buffer)
    view.setUint32(0, this.number)
    view.setBigUint64(4, this.#next++)
    return join(head, new Uint8Array(await crypto.subtle.encrypt(this.#at(head), this.key, copy(message))))
  }

  /** Opens the next frame; any other one ends the session. */
  async open(frame: Uint8Array): Promise<Uint8Array> {
    if (frame.length < headSize + 16) throw new Ended('malformed')
    if (keyOf(frame) !== this.number) throw new Ended('key')
    const view = new DataView(frame.buffer, frame.byteOffset, headSize)
    if (view.getBigUint64(4) !== this.#next) throw new Ended('sequence')
    const head = frame.slice(0, headSize)
    const message = await crypto.subtle.decrypt(this.#at(head), this.key, copy(frame.subarray(headSize))).catch(() => {
      throw new Ended('forged')
    })
    this.#next++
    return new Uint8Array(message)
  }
}

/** The number of the key that a frame says it is under. */
export function keyOf(frame: Uint8Array): number {
  return frame.length < headSize ? 0 : new DataView(frame.buffer, frame.byteOffset).getUint32(0)
}
