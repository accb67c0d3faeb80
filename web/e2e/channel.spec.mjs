// The client data channel over plain http, through a proxy that keeps every byte.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'vite'
import { openBrowser } from './browser.mjs'
import { startPlatform } from './platform.mjs'
import { startRecorder } from './recorder.mjs'

let platform
let recorder
let dir
let bundle

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gatepost-channel-'))
  const entry = fileURLToPath(new URL('../src/channel/index.ts', import.meta.url))
  const lib = { entry, formats: ['es'], fileName: () => 'channel.mjs' }
  await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: { lib, outDir: dir, rollupOptions: { output: { codeSplitting: false } } },
  })
  bundle = readFileSync(join(dir, 'channel.mjs'), 'utf8')
  platform = await startPlatform()
})

after(async () => {
  await platform?.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** What either client does: signs in over the channel, and reads with the session that it was told. */
const scenario = `async ({ Channel, Ended, address, user, password, pin }) => {
  const channel = await Channel.open(address, { pin })
  const ask = async (name, body, token) => {
    const header = [['Content-Type', 'application/json'], ['Accept-Language', 'en']]
    if (token) header.push(['Authorization', 'Bearer ' + token])
    const answer = await channel.call({ method: 'POST', path: '/console/api/' + name, header, body: JSON.stringify(body) })
    return { status: answer.status, ...JSON.parse(answer.text) }
  }
  const refused = await ask('app.list', {})
  const { token, name } = await ask('session.open', { user, password })
  const many = await Promise.all(Array.from({ length: 20 }, () => ask('app.list', {}, token)))
  const other = await ask('app.list', {}, 'another-token')
  await channel.close()
  const reason = await channel.ended
  const late = await channel.call({ method: 'GET', path: '/' }).catch(err => err instanceof Ended)
  const impostor = await Channel.open(address, { pin: 'another' }).catch(err => err.reason)
  return { refused: refused.status, token, name, statuses: many.map(a => a.status), apps: many[0].list?.length, other: other.code, reason, late, impostor }
}`

async function pinOf(url) {
  return (await (await fetch(`${url}/.well-known/gatepost-channel`)).json()).fingerprint
}

function check(result, marks) {
  assert.equal(result.refused, 401)
  assert.equal(result.name, marks.name)
  assert.deepEqual(result.statuses, Array(20).fill(200))
  assert.ok(result.apps > 0)
  assert.equal(result.other, 'ChannelOfAnotherCredential')
  assert.equal(result.reason, 'done')
  assert.equal(result.late, true)
  assert.equal(result.impostor, 'other-key')
  const [capture, ...more] = recorder.sockets()
  assert.equal(more.length, 0)
  assert.ok(capture.length > 4000, `only ${capture.length} bytes were recorded`)
  assert.ok(capture.includes('DHKEM-P256'), 'the handshake is not in the capture')
  for (const mark of [
    result.token,
    marks.password,
    marks.name,
    'session.open',
    'app.list',
    'appKey',
    'Bearer',
    'password',
    'Cookie',
  ]) {
    assert.ok(!capture.includes(mark), `the capture shows ${mark}`)
  }
}

/** Runs what a client does in a Node of its own, which is given what the options say. */
async function inNode(scenario, options) {
  const program = join(dir, 'run.mjs')
  writeFileSync(
    program,
    `import { Channel, Ended } from './channel.mjs'\nconsole.log(JSON.stringify(await (${scenario})({ Channel, Ended, ...${JSON.stringify(options)} })))\nprocess.exit()\n`,
  )
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', '--experimental-websocket', program])
  return JSON.parse(stdout)
}

const signIn = () => ({ user: platform.env.ADMIN_USER, password: platform.env.ADMIN_PASSWORD })

// feature: GW-017
test('Node and the platform talk over plain http, and a capture shows nothing', async () => {
  recorder = await startRecorder(platform.url)
  try {
    const options = { address: recorder.url, ...signIn(), pin: await pinOf(platform.url) }
    const result = await inNode(scenario, options)
    check(result, { name: result.name, ...signIn() })
  } finally {
    await recorder.stop()
  }
})

test('a page signs in and calls over the channel, and a capture shows nothing', async () => {
  recorder = await startRecorder(platform.url)
  const browser = await openBrowser()
  try {
    const { page, complaints } = await browser.visit()
    await page.route('**/console/channel.mjs', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: bundle }),
    )
    await page.goto(`${recorder.url}/console/`)
    const options = { address: recorder.url, ...signIn(), pin: await pinOf(platform.url) }
    const run = `(${scenario})({ Channel, Ended, ...${JSON.stringify(options)} })`
    const result = await page.evaluate(`import('/console/channel.mjs').then(({ Channel, Ended }) => ${run})`)
    check(result, { name: result.name, ...signIn() })
    assert.deepEqual(complaints, [])
  } finally {
    await browser.close()
    await recorder.stop()
  }
})

/** Callers that go on until the keys were replaced twice, and one call after that. */
const replaced = `async ({ Channel, address, pin }) => {
  const channel = await Channel.open(address, { pin })
  const statuses = new Set()
  const caller = async () => {
    while (channel.keyNumber < 3) statuses.add((await channel.call({ method: 'POST', path: '/console/api/session.get' })).status)
  }
  await Promise.all(Array.from({ length: 4 }, caller))
  statuses.add((await channel.call({ method: 'POST', path: '/console/api/session.get' })).status)
  await channel.close()
  return { statuses: [...statuses], reason: await channel.ended }
}`

// feature: GW-017
test('keys are replaced by the platform itself while calls are under way, in Node and in a page', async () => {
  const often = await startPlatform({ options: { GATEPOST_CHANNEL_REKEY: '1s' } })
  const browser = await openBrowser()
  try {
    const options = { address: often.url, pin: await pinOf(often.url) }
    const { page } = await browser.visit()
    await page.route('**/channel.mjs', (route) => route.fulfill({ contentType: 'text/javascript', body: bundle }))
    await page.goto(`${often.url}/livez`)
    const run = `(${replaced})({ Channel, ...${JSON.stringify(options)} })`
    const want = { statuses: [401], reason: 'done' }
    assert.deepEqual(await inNode(replaced, options), want)
    assert.deepEqual(await page.evaluate(`import('/channel.mjs').then(({ Channel }) => ${run})`), want)
  } finally {
    await browser.close()
    await often.stop()
  }
})
