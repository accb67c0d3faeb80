// The container's side of the bridge: it holds the channel session of the person who is signed in, and answers what pages ask
// of the client. No page sees the credential or the keys.
import { type Answer, type Call, Channel, Ended } from '../channel'
import { code, Failed, type Failure } from './failure'
import { type Params, requestOf } from './requests'
import { type Asked, greeting, type Reply } from './wire'

export interface Options {
  /** The platform's address. */
  address: string
  /** The fingerprint of its channel key. */
  pin: string
  /** The token of the person who is signed in. It is asked for with each request; another one begins another session. */
  token(): Promise<string>
  /** Another way to open sessions. */
  open?: typeof Channel.open
}

interface Session {
  token: string
  channel: Promise<Channel>
  /** Settles when every call so far is answered. */
  calls: Promise<unknown>
}

export class Container {
  #session: Session | undefined

  constructor(private readonly options: Options) {}

  /** Answers the page in a frame, as long as what is in it comes from the origin. It returns how to stop. */
  attach(frame: HTMLIFrameElement, origin: string): () => void {
    const hear = (event: MessageEvent) => {
      const port = event.ports[0]
      if (event.source !== frame.contentWindow || event.origin !== origin || event.data !== greeting || !port) return
      port.onmessage = async ({ data }: MessageEvent<Asked>) => {
        const reply = await this.answer(data.api, data.params)
        port.postMessage({ id: data.id, reply })
      }
    }
    window.addEventListener('message', hear)
    return () => window.removeEventListener('message', hear)
  }

  /** Answers one call of an API in the client's form. It never fails. */
  async answer(api: string, params: Params): Promise<Reply> {
    try {
      const request = requestOf(api)
      if (!request) throw new Failed(`${api} is not supported by this container`, { errorCode: code.notSupported })
      return { errorCode: '0', result: request.result(await this.#call(request.call(params, this.options.address))) }
    } catch (err) {
      return failureOf(err)
    }
  }

  /** Ends the session, if there is one, when its calls are answered; the next request begins another. */
  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.calls
    await session?.channel.then(
      (channel) => channel.close(),
      () => {}, // it never began
    )
  }

  async #call(call: Call): Promise<Answer> {
    const token = await this.options.token()
    const session = this.#of(token)
    const header: [string, string][] = [...(call.header ?? []), ['x-acs-dingtalk-access-token', token]]
    const answer = session.channel.then((channel) => channel.call({ ...call, header }))
    session.calls = Promise.allSettled([session.calls, answer])
    return answer
  }

  /** The session of a token: a session serves one credential. */
  #of(token: string): Session {
    if (this.#session?.token === token) return this.#session
    this.close().catch(() => {}) // it is over
    const { address, pin, open = Channel.open } = this.options
    const session: Session = { token, channel: open(address, { pin }), calls: Promise.resolve() }
    this.#session = session
    const forget = () => {
      if (this.#session === session) this.#session = undefined
    }
    session.channel.then((channel) => channel.ended).then(forget, forget)
    return session
  }
}

function failureOf(err: unknown): Failure {
  if (err instanceof Failed) return err.failure
  const more = err instanceof Ended ? { reason: err.reason } : {}
  return new Failed(err instanceof Error ? err.message : String(err), more).failure
}
