// npm dingtalk-stream 2.1.5, whose hosts are constants in its source, run under "gatepost exec".
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Platform } from './lib/platform.js'
import { v1Token } from './lib/wire.js'

let platform
before(async () => { platform = await Platform.start() })
after(() => platform?.stop())

test('a client with hard-coded hosts reaches us', async () => {
  const { stdout } = await platform.exec('stream-app.js')
  const seen = JSON.parse(stdout.trim().split('\n').at(-1))
  assert.equal(seen.tokenError, undefined, JSON.stringify(seen.tokenError))
  assert.equal(seen.token, await v1Token(platform), 'the token is this platform\'s, by https://oapi.dingtalk.com')

  // Opening the stream is known and not offered yet; the client must be told so by name and not by a bare 404.
  assert.equal(seen.open?.status, 501, JSON.stringify(seen))
  assert.equal(seen.open.body.code, 'NotOffered')
  assert.match(seen.open.body.message, /\/v1\.0\/gateway\/connections\/open|OpenConnection|长连接/)
})

test('a client that ignores proxy variables reaches us', async () => {
  const { stdout } = await platform.exec('ws-app.js')
  const seen = JSON.parse(stdout.trim().split('\n').at(-1))
  assert.equal(seen.error, undefined)
  assert.ok(seen.status >= 200 && seen.status < 502, `answered by us with ${seen.status}`)
})

test('the names lead here for that command only', async () => {
  const { stdout } = await platform.plainCommand('exec', '--', process.execPath, '-e', 'console.log("quiet")')
  assert.equal(stdout, 'quiet\n', 'exec adds nothing to what the command prints')
  await assert.rejects(platform.plainCommand('exec', '--', process.execPath, '-e', 'process.exit(7)'), /exit 7\b/,
    'exec ends with the command\'s own exit code')
})
