// Gatepost as it is measured beside the other gateways: the demo platform with five rules of ten windows on every call.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Ten windows: per app; per operation; app × all; app × one operation; app × group. */
const rules = (app, operation, group) => [
  ['--app', app, '--window', 'day'],
  ...['second', 'minute', 'day'].map(w => ['--op', operation, '--window', w]),
  ...['minute', 'day'].map(w => ['--app', app, '--op', operation, '--window', w]),
  ...['minute', 'day'].map(w => ['--app', app, '--group', group, '--window', w]),
]

/** Starts a platform on the gateway's core and tells how each of its rows is called. */
export async function gatepost({ start, freePort, scratch }) {
  const data = mkdtempSync(join(scratch, 'gatepost-'))
  const port = await freePort()
  const child = await start('gatepost', '0', ['bin/gatepost', 'up', '--demo', '--data', data, '--listen', `127.0.0.1:${port}`], `http://127.0.0.1:${port}/readyz`)
  const demo = await settings(join(data, 'demo.env'))
  const run = (...args) => execFileSync('bin/gatepost', args, { env: { ...process.env, ...demo }, encoding: 'utf8' })

  const me = '/v1.0/contact/users/{unionId}'
  run('limit', 'group', 'set', 'measured', me)
  for (const rule of rules(demo.APP_KEY, me, 'measured')) run('limit', 'set', ...rule, '--max', '1000000000')

  const answer = async (path, body) => (await fetch(demo.GATEPOST_URL + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json()
  const { code } = JSON.parse(run('app', 'code', '--user', demo.USER_ID, '--json'))
  const person = await answer('/v1.0/oauth2/userAccessToken', { clientId: demo.APP_KEY, clientSecret: demo.APP_SECRET, grantType: 'authorization_code', code })
  const read = { url: `${demo.GATEPOST_URL}/v1.0/contact/users/me`, headers: { 'x-acs-dingtalk-access-token': person.accessToken } }
  return { child, targets: { read }, answer: await (await fetch(read.url, { headers: read.headers })).text() }
}

/** What demo.env says, once it is written. */
async function settings(file) {
  for (let i = 0; i < 100; i++) {
    try {
      const lines = readFileSync(file, 'utf8').split('\n').filter(l => /^[A-Z_]+=/.test(l))
      if (lines.length) return Object.fromEntries(lines.map(l => [l.slice(0, l.indexOf('=')), l.slice(l.indexOf('=') + 1).replace(/^["']|["']$/g, '')]))
    } catch (err) {
      if (err.code !== 'ENOENT') throw err
    }
    await new Promise(r => setTimeout(r, 100))
  }
  throw new Error(`${file} was not written`)
}
