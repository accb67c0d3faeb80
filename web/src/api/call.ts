import type { Operations } from './gen'

/** What the platform said no with. It carries everything a person needs to act on it or to report it. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly requestId: string
  readonly hint?: string
  readonly expected?: string
  readonly found?: string

  constructor(status: number, body: RefusalBody) {
    super(body.message)
    this.name = 'Refusal'
    this.status = status
    this.code = body.code
    this.requestId = body.requestid
    this.hint = body.hint
    this.expected = body.expected
    this.found = body.found
  }
}

interface RefusalBody {
  code: string
  message: string
  requestid: string
  hint?: string
  expected?: string
  found?: string
}

/** The platform could not be asked at all: it is down, or something between us answered in its place. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** Asks one operation of the console. Fails with a Refusal, an Unreachable, or the signal's AbortError. */
export async function call<K extends keyof Operations>(
  name: K,
  request: Operations[K]['request'],
  signal?: AbortSignal,
): Promise<Operations[K]['response']> {
  let answer: Response
  try {
    answer = await fetch(`/console/api/${name}`, {
      method: 'POST',
      // The page's language is the person's choice, which may differ from the browser's.
      headers: { 'Content-Type': 'application/json', 'Accept-Language': document.documentElement.lang },
      body: JSON.stringify(request),
      credentials: 'same-origin',
      signal,
    })
  } catch (err) {
    if (signal?.aborted) throw err
    throw new Unreachable('fetch failed', { cause: err })
  }
  const body: unknown = await answer.json().catch(() => undefined)
  if (answer.ok && body !== undefined) return body as Operations[K]['response']
  if (isRefusal(body)) throw new Refusal(answer.status, body)
  throw new Unreachable(`HTTP ${answer.status}`)
}

function isRefusal(body: unknown): body is RefusalBody {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body
}

/** Whether asking again could help: a refusal is an answer, and stays one. */
export function worthRetrying(failures: number, err: unknown): boolean {
  return !(err instanceof Refusal) && failures < 2
}
