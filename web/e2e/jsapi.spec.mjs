// An app's page with the unmodified SDK in our container: what it asks of the client comes from the platform over the data
// channel, on plain http, through a proxy that keeps every byte.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { openBrowser } from './browser.mjs'
import { startPlatform } from './platform.mjs'
import { startRecorder } from './recorder.mjs'

const origin = 'http://app.localhost'

let platform
let recorder
let browser
let token
let pin
const scripts = {}

/** A source as one script. */
async function bundle(source, format) {
  const entry = fileURLToPath(new URL(source, import.meta.url))
  const lib = { entry, formats: [format], name: 'bundle', fileName: () => 'bundle.js' }
  const [{ output }] = await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: { lib, write: false, rollupOptions: { output: { codeSplitting: false } } },
  })
  return output[0].code
}

before(async () => {
  scripts['container.js'] = await bundle('../src/bridge/index.ts', 'es')
  scripts['page.js'] = await bundle('../src/bridge/page.ts', 'iife')
  scripts['app.js'] = await bundle('jsapi.app.mjs', 'iife')
  platform = await startPlatform()
  token = await personToken()
  pin = (await (await fetch(`${platform.url}/.well-known/gatepost-channel`)).json()).fingerprint
  recorder = await startRecorder(platform.url)
  browser = await openBrowser()
})

after(async () => {
  await browser?.close()
  await recorder?.stop()
  await platform?.stop()
})

/** The token of somebody who signed in to the demonstration's app, got past the recorder. */
async function personToken() {
  const { ADMIN_USER: user, ADMIN_PASSWORD: password, AGENT_ID, USER_ID, APP_KEY, APP_SECRET } = platform.env
  const ask = async (path, body, session) => {
    const headers = { 'Content-Type': 'application/json', ...(session && { Authorization: `Bearer ${session}` }) }
    const answer = await fetch(platform.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    assert.equal(answer.status, 200, await answer.clone().text())
    return answer.json()
  }
  const session = (await ask('/console/api/session.open', { user, password })).token
  const { code } = await ask('/console/api/app.code', { agentId: Number(AGENT_ID), userId: USER_ID }, session)
  const asked = { clientId: APP_KEY, clientSecret: APP_SECRET, grantType: 'authorization_code', code }
  return (await ask('/v1.0/oauth2/userAccessToken', asked)).accessToken
}

/** An app's page in a container's, each from an origin of its own. It resolves with the page's frame. */
async function openApp(page) {
  const serve = (path, contentType, body) => page.route(path, (route) => route.fulfill({ contentType, body }))
  await serve(`${recorder.url}/container.js`, 'text/javascript', scripts['container.js'])
  const first = `<script src="page.js" data-container="${recorder.url}"></script><script src="app.js"></script>`
  await serve(`${origin}/`, 'text/html', `<!doctype html><title>app</title>${first}`)
  for (const name of ['page.js', 'app.js']) await serve(`${origin}/${name}`, 'text/javascript', scripts[name])
  // A page that really is the platform's: the browser lets no other open a WebSocket to an address of this machine.
  await page.goto(`${recorder.url}/livez`)
  await page.evaluate(
    async ({ address, pin, token, origin }) => {
      const { Container } = await import('/container.js')
      const frame = document.createElement('iframe')
      const container = new Container({ address, pin, token: async () => token })
      container.attach(frame, origin)
      window.leave = () => container.close()
      frame.src = `${origin}/`
      document.body.append(frame)
      await new Promise((resolve) => frame.addEventListener('load', resolve))
    },
    { address: recorder.url, pin, token, origin },
  )
  return page.frames().find((frame) => frame.url().startsWith(origin))
}

/** What an API of the SDK gives or is refused with. */
const invoke = (app, api, params) =>
  app.evaluate(
    ([api, params]) =>
      window.dd._invoke(api, params).then(
        (result) => ({ result }),
        (failure) => ({ failure }),
      ),
    [api, params],
  )

// feature: GW-022
test('the SDK reaches the platform over the channel as the person who is signed in, and a capture shows nothing', async () => {
  const { page, complaints, close } = await browser.visit()
  const app = await openApp(page)
  const env = await app.evaluate(() => ({ ...window.dd.env, ios: window.dd.ios }))
  assert.deepEqual([env.platform, env.version, env.ios], ['ios', '8.3.15', true])

  const me = { uri: '/v1.0/contact/users/me', headers: { 'Accept-Language': 'en' } }
  const { result: called } = await invoke(app, 'internal.request.lwp', me)
  assert.equal(called.code, 200)
  assert.equal(called.body.unionId, platform.env.UNION_ID)
  assert.ok(called.body.nick)
  assert.deepEqual(JSON.parse(called.responseText), called.body)

  for (const api of ['internal.request.httpOverLWP', 'service.request.httpOverLwp']) {
    const { result } = await invoke(app, api, { ...me, method: 'GET' })
    assert.equal(result.statusCode, 200)
    assert.equal(JSON.parse(result.responseText).unionId, platform.env.UNION_ID)
    assert.match(result.headers['Content-Type'], /^application\/json/)
  }

  // As apps call it: by the SDK's own function, here with an argument, and with callbacks.
  const { APP_KEY: appKey, APP_SECRET: appSecret } = platform.env
  const asked = { uri: '/v1.0/oauth2/accessToken', headers: {}, body: [{ appKey, appSecret }] }
  const given = await app.evaluate((params) => {
    window.dd.devConfig({ isAuthApi: false })
    return window.lwp$(params)
  }, asked)
  assert.ok(given.body.accessToken, given.responseText)
  const told = await app.evaluate(
    (params) =>
      new Promise((resolve) => {
        window.dd._invoke('internal.request.lwp', { ...params, onSuccess: resolve })
      }),
    me,
  )
  assert.equal(told.body.unionId, platform.env.UNION_ID)

  // Refusals, in the client's form; over http they are an answer like any other.
  const unknown = { ...me, uri: '/v1.0/contact/users/nobody-at-all' }
  const { failure } = await invoke(app, 'internal.request.lwp', unknown)
  assert.equal(failure.errorCode, '3')
  assert.ok(failure.code >= 400)
  assert.equal(failure.body.reason, failure.errorMessage)
  assert.equal(failure.body.code, JSON.parse(failure.responseText).code)
  const { result: refused } = await invoke(app, 'internal.request.httpOverLWP', unknown)
  assert.equal(refused.statusCode, failure.code)
  const old = { uri: '/topapi/v2/user/get', body: [{ userid: platform.env.USER_ID }] }
  const { failure: oldest } = await invoke(app, 'internal.request.lwp', old)
  assert.equal(oldest.statusCode, 200)
  assert.equal(oldest.body.code, oldest.body.errcode)
  const { failure: none } = await invoke(app, 'biz.util.scan', {})
  assert.deepEqual(none, { errorCode: '1', errorMessage: 'biz.util.scan is not supported by this container' })

  // A page cannot be somebody else, nor leave the platform.
  const posing = { ...me, headers: { 'x-acs-dingtalk-access-token': 'another' } }
  assert.equal((await invoke(app, 'internal.request.httpOverLWP', posing)).result.statusCode, 200)
  const { failure: outside } = await invoke(app, 'internal.request.httpOverLWP', { uri: 'http://other.example/' })
  assert.match(outside.errorMessage, /leads to .* only/)

  await page.evaluate(() => window.leave())
  assert.deepEqual(complaints, [])
  const [capture, ...more] = recorder.sockets()
  assert.equal(more.length, 0, 'one session serves all calls')
  assert.ok(capture.includes('DHKEM-P256'), 'the handshake is not in the capture')
  assert.ok(capture.length > 4000, `only ${capture.length} bytes were recorded`)
  const everything = recorder.everything()
  for (const mark of [
    token,
    called.body.nick,
    platform.env.UNION_ID,
    platform.env.USER_ID,
    'contact/users',
    'x-acs',
    appSecret,
    given.body.accessToken,
    'nobody-at-all',
  ]) {
    assert.ok(!capture.includes(mark), `the capture shows ${mark}`)
    assert.ok(!everything.includes(mark), `something beside the channel shows ${mark}`)
  }
  await close()
})

test('a page of another origin than the app is not answered', async () => {
  const { page, close } = await browser.visit()
  const app = await openApp(page)
  // This listener comes after the container's own, and sees whether that one took the port.
  await page.evaluate(() => {
    window.heard = new Map()
    window.addEventListener('message', ({ origin, ports }) => window.heard.set(origin, ports[0].onmessage !== null))
  })
  const taken = async (from) => {
    await page.route(`${from}/again`, (route) => route.fulfill({ contentType: 'text/html', body: again }))
    await app.goto(`${from}/again`)
    await page.waitForFunction((from) => window.heard.has(from), from)
    return page.evaluate((from) => window.heard.get(from), from)
  }
  const again = `<!doctype html><script src="${origin}/page.js" data-container="${recorder.url}"></script>`
  assert.equal(await taken(origin), true)
  assert.equal(await taken('http://stranger.localhost'), false)
  await close()
})
