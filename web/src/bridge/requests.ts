// The APIs by which a page has the client make a request for it: what a page says as a call of the channel, and its answer as
// the page reads it. Names, parameters and results are those of npm dingtalk-jsapi 3.2.9 (lib/common/api) and of pages that
// use them; where those differ the answer has the fields of both.
import type { Answer, Call } from '../channel'
import { Failed } from './failure'

export type Params = Record<string, unknown>

export interface Request {
  /** The call that the parameters ask for, of the platform at an address. It throws Failed where they ask for none. */
  call(params: Params, address: string): Call
  /** What the page reads. It throws Failed where the client's API fails. */
  result(answer: Answer): Params
}

/** How the platform refuses: the old dialect with an errcode and the status 200, the new one with a code and its status. */
interface Refusal {
  code?: unknown
  message?: unknown
  errcode?: unknown
  errmsg?: unknown
}

/** A remote procedure: a path and at most one argument. With one it is called by POST, without by GET. */
const lwp: Request = {
  call(params, address) {
    const given = listOf(params.body)
    if (given.length > 1) throw new Failed(`body has ${given.length} arguments; an operation of the platform takes one`)
    const call = { ...target(params, address), header: headerOf(params.headers) }
    return given.length === 0 ? { ...call, method: 'GET' } : withJSON({ ...call, method: 'POST' }, given[0])
  },
  result(answer) {
    const body = parsed(answer.text)
    const result = { ...statusOf(answer), code: answer.status, body }
    const said: Refusal = typeof body === 'object' && body !== null ? body : {}
    if (answer.status < 400 && !said.errcode) return result
    const reason = String(said.message ?? said.errmsg ?? answer.text)
    throw new Failed(reason, { ...result, body: { ...said, code: said.code ?? said.errcode ?? answer.status, reason } })
  },
}

/** An HTTP request. Its answer is a result whatever its status, as an answer over HTTP is. */
const http: Request = {
  call(params, address) {
    const method = String(params.method ?? 'GET').toUpperCase()
    const call = { ...target(params, address), method, header: headerOf(params.headers) }
    if (params.body === undefined || params.body === '') return call
    return typeof params.body === 'string' ? { ...call, body: params.body } : withJSON(call, params.body)
  },
  result: (answer) => ({ ...statusOf(answer), headers: Object.fromEntries(answer.header) }),
}

const requests: ReadonlyMap<string, Request> = new Map([
  ['internal.request.lwp', lwp],
  ['internal.request.httpoverlwp', http],
  ['service.request.httpoverlwp', http],
])

/** The request that an API stands for, if it is one. Clients spell LWP in both cases. */
export const requestOf = (api: string) => requests.get(api.toLowerCase())

/** Where a call goes. What is not the platform's is not reached over the channel. */
function target({ uri, url }: Params, address: string): { path: string; query?: string } {
  const given = uri ?? url
  if (typeof given !== 'string' || !given) throw new Failed('uri is missing; want a path of the platform')
  const to = URL.parse(given, address)
  if (to?.origin !== new URL(address).origin)
    throw new Failed(`uri is ${given}; the channel leads to ${new URL(address).origin} only`)
  return { path: to.pathname, ...(to.search && { query: to.search.slice(1) }) }
}

/** By these a call would be somebody's: the container says whose it is, never the page. */
const credentials = new Set(['authorization', 'cookie', 'x-acs-dingtalk-access-token'])

function headerOf(given: unknown): [string, string][] {
  if (typeof given !== 'object' || given === null) return []
  return Object.entries(given).flatMap(([name, value]) =>
    credentials.has(name.toLowerCase()) ? [] : [[name, String(value)] as [string, string]],
  )
}

function withJSON<T extends Call>(call: T, value: unknown): T {
  const header = call.header ?? []
  const typed = header.some(([name]) => name.toLowerCase() === 'content-type')
  return {
    ...call,
    header: typed ? header : [...header, ['Content-Type', 'application/json']],
    body: JSON.stringify(value),
  }
}

/** The arguments: a list, its JSON as versions of the SDK for phones send it, or one alone. */
function listOf(body: unknown): unknown[] {
  const value = typeof body === 'string' ? parsed(body) : body
  if (value === undefined || value === null || value === '') return []
  return Array.isArray(value) ? value : [value]
}

const statusOf = ({ status, text }: Answer) => ({ statusCode: status, statusText: text, responseText: text })

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
