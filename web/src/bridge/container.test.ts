import { expect, test } from 'vitest'
import { type Answer, type Call, type Channel, Ended } from '../channel'
import { Container } from './container'

const text = (status: number, body: string): Answer => ({
  status,
  header: [['Content-Type', 'application/json']],
  body: new TextEncoder().encode(body),
  text: body,
})

/** A platform that keeps what it is called for, and the sessions in which it is. */
class Platform {
  calls: Call[] = []
  sessions: { end: () => void; closed: boolean }[] = []
  answer: (call: Call) => Promise<Answer> = async () => text(200, '{"nick":"Lina"}')
  token = 'lina'

  readonly container = new Container({
    address: 'http://platform.example:8700',
    pin: 'pin',
    token: async () => this.token,
    open: async (_, options) => {
      expect(options?.pin).toBe('pin')
      let end = () => {}
      const ended = new Promise<'idle'>((resolve) => {
        end = () => resolve('idle')
      })
      const session = { end, closed: false }
      this.sessions.push(session)
      const call = (c: Call) => {
        this.calls.push(c)
        return this.answer(c)
      }
      const close = async () => {
        session.closed = true
      }
      return { call, ended, close } as unknown as Channel
    },
  })

  async header() {
    return Object.fromEntries(this.calls.at(-1)?.header ?? [])
  }
}

const token = { 'x-acs-dingtalk-access-token': 'lina' }
const json = { 'Content-Type': 'application/json' }

test.each<[string, string, Record<string, unknown>, Partial<Call>, object]>([
  ['no argument', 'internal.request.lwp', { uri: '/a' }, { method: 'GET', path: '/a' }, token],
  [
    'an empty list',
    'internal.request.lwp',
    { uri: '/a?b=c', body: [] },
    { method: 'GET', path: '/a', query: 'b=c' },
    token,
  ],
  [
    'an argument',
    'internal.request.lwp',
    { uri: '/a', body: [{ b: 1 }], headers: { 'Accept-Language': 'en' } },
    { method: 'POST', path: '/a', body: '{"b":1}' },
    { 'Accept-Language': 'en', ...json, ...token },
  ],
  [
    'a list as text',
    'internal.request.lwp',
    { url: '/a', body: '[{"b":1}]' },
    { method: 'POST', body: '{"b":1}' },
    { ...json, ...token },
  ],
  [
    'an argument alone',
    'internal.request.lwp',
    { uri: '/a', body: { b: 1 } },
    { method: 'POST', body: '{"b":1}' },
    { ...json, ...token },
  ],
  ['HTTP', 'internal.request.httpOverLWP', { uri: '/a?b=c' }, { method: 'GET', path: '/a', query: 'b=c' }, token],
  [
    'a form',
    'service.request.httpOverLwp',
    { url: '/a', method: 'post', body: 'b=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    { method: 'POST', body: 'b=1' },
    { 'content-type': 'application/x-www-form-urlencoded', ...token },
  ],
  [
    'an object',
    'internal.request.httpOverLwp',
    { uri: '/a', method: 'PUT', body: { b: 1 } },
    { method: 'PUT', body: '{"b":1}' },
    { ...json, ...token },
  ],
  [
    'its own address',
    'internal.request.httpOverLWP',
    { uri: 'http://platform.example:8700/a' },
    { method: 'GET', path: '/a' },
    token,
  ],
  [
    "somebody else's credentials",
    'internal.request.httpOverLWP',
    { uri: '/a', headers: { Authorization: 'Bearer wang', COOKIE: 'a=b', 'X-Acs-Dingtalk-Access-Token': 'wang' } },
    { path: '/a' },
    token,
  ],
])('a request with %s', async (_, api, params, call, header) => {
  const platform = new Platform()
  expect(await platform.container.answer(api, params)).toMatchObject({ errorCode: '0' })
  expect(platform.calls).toHaveLength(1)
  expect(platform.calls[0]).toMatchObject(call)
  expect(platform.calls[0]?.body).toBe(call.body)
  expect(await platform.header()).toEqual(header)
})

test.each<[string, Record<string, unknown>, string, string]>([
  ['biz.util.scan', {}, '1', 'biz.util.scan is not supported by this container'],
  ['internal.request.lwp', {}, '3', 'uri is missing; want a path of the platform'],
  [
    'internal.request.lwp',
    { uri: '/a', body: [1, 2] },
    '3',
    'body has 2 arguments; an operation of the platform takes one',
  ],
  [
    'internal.request.httpOverLWP',
    { uri: 'http://other.example/a' },
    '3',
    'uri is http://other.example/a; the channel leads to http://platform.example:8700 only',
  ],
  [
    'internal.request.httpOverLWP',
    { uri: '//other.example/a' },
    '3',
    'uri is //other.example/a; the channel leads to http://platform.example:8700 only',
  ],
])('%s with %o fails before any call', async (api, params, errorCode, errorMessage) => {
  const platform = new Platform()
  expect(await platform.container.answer(api, params)).toEqual({ errorCode, errorMessage })
  expect(platform.sessions).toHaveLength(0)
})

const refusal = '{"code":"Forbidden.AccessDenied","message":"no","requestid":"1"}'

test('a procedure gives its result, and fails where the platform refuses', async () => {
  const platform = new Platform()
  const ask = () => platform.container.answer('internal.request.lwp', { uri: '/a' })
  const body = '{"nick":"Lina"}'
  const told = { statusCode: 200, statusText: body, responseText: body, code: 200, body: { nick: 'Lina' } }
  expect(await ask()).toEqual({ errorCode: '0', result: told })

  platform.answer = async () => text(403, refusal)
  expect(await ask()).toEqual({
    errorCode: '3',
    errorMessage: 'no',
    code: 403,
    statusCode: 403,
    statusText: refusal,
    responseText: refusal,
    body: { code: 'Forbidden.AccessDenied', message: 'no', requestid: '1', reason: 'no' },
  })
  platform.answer = async () => text(200, '{"errcode":88,"errmsg":"no"}')
  expect(await ask()).toMatchObject({
    errorCode: '3',
    errorMessage: 'no',
    statusCode: 200,
    body: { code: 88, reason: 'no' },
  })
  platform.answer = async () => text(200, '{"errcode":0,"errmsg":"ok"}')
  expect(await ask()).toMatchObject({ errorCode: '0', result: { body: { errcode: 0 } } })
  platform.answer = async () => text(502, 'bad gateway')
  expect(await ask()).toMatchObject({
    errorCode: '3',
    errorMessage: 'bad gateway',
    body: { code: 502, reason: 'bad gateway' },
  })
})

test('an HTTP request gives its answer, whatever the status', async () => {
  const platform = new Platform()
  platform.answer = async () => text(403, refusal)
  expect(await platform.container.answer('internal.request.httpOverLWP', { uri: '/a' })).toEqual({
    errorCode: '0',
    result: {
      statusCode: 403,
      statusText: refusal,
      responseText: refusal,
      headers: { 'Content-Type': 'application/json' },
    },
  })
})

test('a session serves many requests; after its end, and for another person, there is another', async () => {
  const platform = new Platform()
  const ask = () => platform.container.answer('internal.request.lwp', { uri: '/a' })
  await Promise.all([ask(), ask()])
  expect(platform.sessions).toHaveLength(1)

  platform.sessions[0]?.end()
  await new Promise(setImmediate)
  await ask()
  expect(platform.sessions).toHaveLength(2)

  // A call under way is answered before its session is closed.
  let finish = (_: Answer) => {}
  platform.answer = (call) =>
    call.header?.some(([, value]) => value === 'lina')
      ? new Promise((resolve) => {
          finish = resolve
        })
      : Promise.resolve(text(200, '{}'))
  const under = ask()
  await new Promise(setImmediate)
  platform.token = 'wang'
  await ask()
  expect(platform.sessions.map((s) => s.closed)).toEqual([false, false, false])
  finish(text(200, '{}'))
  expect(await under).toMatchObject({ errorCode: '0' })
  await new Promise(setImmediate)
  expect(platform.sessions.map((s) => s.closed)).toEqual([false, true, false])
  await platform.container.close()
  expect(platform.sessions.map((s) => s.closed)).toEqual([false, true, true])
})

test('a session that ends or cannot begin is told as a failure, with its reason', async () => {
  const platform = new Platform()
  platform.answer = async () => {
    throw new Ended('shutdown')
  }
  const failure = { errorCode: '3', errorMessage: 'the channel session ended: shutdown', reason: 'shutdown' }
  expect(await platform.container.answer('internal.request.lwp', { uri: '/a' })).toEqual(failure)

  let tries = 0
  const open = () => {
    tries++
    return Promise.reject(new Ended('other-key'))
  }
  const container = new Container({ address: 'http://platform.example', pin: 'pin', token: async () => 'lina', open })
  for (const n of [1, 2]) {
    expect(await container.answer('internal.request.lwp', { uri: '/a' })).toMatchObject({ reason: 'other-key' })
    expect(tries).toBe(n)
  }
})
