// The client's end of the data channel: calls in frames that nobody on the way can read or change. It needs WebCrypto, which
// browsers have on https, on localhost and in app containers.
import { encapsulate, fingerprint, following, fromBase64, greet } from './hello'
import { join, keyOf, Line } from './line'
import { broken, decode, encode, Kind, last, type Message } from './message'
import { Ended, type Reason } from './reason'

export interface Call {
  method: string
  path: string
  query?: string
  header?: [string, string][]
  body?: string | Uint8Array
}

export interface Answer {
  status: number
  header: [string, string][]
  body: Uint8Array
  /** The body as text. */
  text: string
}

export interface Options {
  /**
   * The fingerprint of the platform's channel key. Without it the key is believed as it is fetched, so somebody who can change
   * what is fetched could take the platform's place.
   */
  pin?: string
  /** Another WebSocket, where there is none or it is to be watched. */
  WebSocket?: typeof WebSocket
}

interface Waiting {
  parts: Uint8Array[]
  head?: { status: number; header: [string, string][] }
  resolve: (a: Answer) => void
  reject: (err: Error) => void
}

const utf8 = new TextEncoder()
const chars = new TextDecoder()

export class Channel {
  /** The number of the key that both ends use; it grows with each replacement. */
  keyNumber = 1
  /** Resolves with the reason when the session is over. */
  readonly ended: Promise<Reason>

  #up: Line
  #down: Line
  #coming: Line | undefined
  #calls = new Map<number, Waiting>()
  #last = 0
  #over: Ended | undefined
  #tell!: (r: Reason) => void
  // Frames are sealed and opened one after another: their numbers are their order.
  #sending: Promise<unknown> = Promise.resolve()
  #reading: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly ws: WebSocket,
    private readonly session: Uint8Array,
    private secret: Uint8Array,
    private readonly maxFrame: number,
    up: Line,
    down: Line,
  ) {
    this.#up = up
    this.#down = down
    this.ended = new Promise((resolve) => {
      this.#tell = resolve
    })
    ws.onmessage = (event) => {
      this.#reading = this.#reading.then(() => this.#take(event.data)).catch((err) => this.#end(err))
    }
    ws.onclose = () => {
      this.#reading = this.#reading.then(() => this.#end(new Ended('truncated')))
    }
  }

  /** Opens a session with the platform at an http or https address. */
  static async open(address: string, options: Options = {}): Promise<Channel> {
    const told = (await (await fetch(new URL('/.well-known/gatepost-channel', address))).json()) as {
      publicKey: string
      path: string
    }
    const publicKey = fromBase64(told.publicKey)
    if (options.pin !== undefined && (await fingerprint(publicKey)) !== options.pin) throw new Ended('other-key')
    const greeting = await greet(publicKey)
    const url = new URL(told.path, address)
    url.protocol = url.protocol.replace('http', 'ws')
    const ws = new (options.WebSocket ?? WebSocket)(url)
    ws.binaryType = 'arraybuffer'
    const came = await new Promise<string>((resolve, reject) => {
      ws.onopen = () => ws.send(greeting.sent)
      ws.onmessage = (event) => resolve(event.data as string)
      ws.onclose = (event) => reject(new Ended((event.reason || 'truncated') as Reason))
    })
    const { session, secret, maxFrame } = await greeting.finish(came)
    const [up, down] = await Promise.all([Line.of(secret, session, 'u', 1), Line.of(secret, session, 'd', 1)])
    return new Channel(ws, session, secret, maxFrame, up, down)
  }

  /** Makes a call. It fails with Ended when the session ends first. */
  async call(call: Call): Promise<Answer> {
    const { body = '', ...head } = call
    const bytes = typeof body === 'string' ? utf8.encode(body) : body
    const number = ++this.#last
    const message = encode({ kind: Kind.call, call: number, head: utf8.encode(JSON.stringify(head)), body: bytes })
    if (message.length + 28 > this.maxFrame)
      throw new Error(`the call has ${message.length} bytes, and a frame at most ${this.maxFrame}`)
    if (this.#over) throw this.#over
    return new Promise<Answer>((resolve, reject) => {
      this.#calls.set(number, { parts: [], resolve, reject })
      this.#send(message).catch(reject)
    })
  }

  /** Ends the session. */
  async close(): Promise<void> {
    if (!this.#over) await this.#send(encode({ kind: Kind.close, head: utf8.encode('{"reason":"done"}') }))
    this.#end(new Ended('done'))
  }

  #send(message: Uint8Array): Promise<void> {
    const sent = this.#sending.then(async () => this.ws.send(await this.#up.seal(message)))
    this.#sending = sent.catch(() => {})
    return sent
  }

  async #take(data: unknown): Promise<void> {
    if (this.#over) return
    if (!(data instanceof ArrayBuffer)) throw new Ended('malformed')
    const frame = new Uint8Array(data)
    if (this.#coming && keyOf(frame) === this.#coming.number) {
      this.#down = this.#coming
      this.#coming = undefined
      this.keyNumber = this.#down.number
    }
    const m = decode(await this.#down.open(frame))
    if (m.kind === Kind.answer) this.#answered(m)
    else if (m.kind === Kind.rekey) await this.#rekey(m.body)
    else if (m.kind === Kind.close) throw new Ended((JSON.parse(chars.decode(m.head)) as { reason: Reason }).reason)
    else throw new Ended('malformed')
  }

  #answered(m: Message): void {
    const waiting = this.#calls.get(m.call)
    if (!waiting) throw new Ended('malformed')
    waiting.head ??= JSON.parse(chars.decode(m.head)) as Waiting['head']
    waiting.parts.push(m.body)
    if (!(m.flags & last) || !waiting.head) return
    this.#calls.delete(m.call)
    const body = join(...waiting.parts)
    if (m.flags & broken) waiting.reject(new Error("the answer's body is not complete"))
    else waiting.resolve({ ...waiting.head, body, text: chars.decode(body) })
  }

  /** Takes part in replacing the keys. Its own word is the last frame under the old one. */
  async #rekey(publicKey: Uint8Array): Promise<void> {
    if (publicKey.length === 0) return // the platform's word that the old key is out of use
    const { sealed, secret } = await encapsulate(publicKey)
    const number = this.#up.number + 1
    const next = await following(this.secret, secret)
    const [up, down] = await Promise.all([
      Line.of(next, this.session, 'u', number),
      Line.of(next, this.session, 'd', number),
    ])
    this.#coming = down
    this.#sending = this.#sending.then(async () => {
      this.ws.send(await this.#up.seal(encode({ kind: Kind.rekeyed, body: sealed })))
      this.#up = up
      this.secret = next
    })
  }

  #end(err: unknown): void {
    if (this.#over) return
    this.#over = err instanceof Ended ? err : new Ended('malformed')
    this.secret.fill(0)
    for (const waiting of this.#calls.values()) waiting.reject(this.#over)
    this.#calls.clear()
    this.ws.close(1000, this.#over.reason)
    this.#tell(this.#over.reason)
  }
}
