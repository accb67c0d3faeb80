// Gatepost as it is measured beside the other gateways: the demo platform with ten windows of five rules on every call.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Ten windows: per app; per operation; app × all; app × one operation; app × group. */
const rules = (app, operation, group) => [
  ['--app', app, '--window', 'day', '--level', '1'],
  ...['second', 'minute', 'day'].map(w => ['--op', operation, '--window', w]),
  ...['minute', 'day'].map(w => ['--app', app, '--window', w]),
  ...['minute', 'day'].map(w => ['--app', app, '--op', operation, '--window', w]),
  ...['minute', 'day'].map(w => ['--app', app, '--group', group, '--window', w]),
]

const text = { type: 'string' }
const person = { type: 'object', properties: { userid: text, name: text, mobile: text, email: text, id_card: text, title: text } }
const list = { type: 'object', properties: { has_more: { type: 'boolean' }, list: { type: 'array', items: person }, note: text } }
const answered = { type: 'object', properties: { errcode: { type: 'integer' }, errmsg: text, result: list } }
const read = id => ({ get: { operationId: id, summary: id, 'x-gatepost-grade': 'R2',
  parameters: [{ name: 'id', in: 'path', required: true, schema: text }],
  responses: { 200: { description: 'people', content: { 'application/json': { schema: answered } } } } } })

/** What stands behind the platform, as its owner would describe it. */
const description = { openapi: '3.1.0', info: { title: 'People', version: '1' }, paths: { '/plain/{id}': read('plain'), '/masked/{id}': read('masked') } }

/** Starts a platform on the gateway's core and tells how each of its rows is called. */
export async function gatepost({ start, freePort, scratch, upstream }) {
  const data = mkdtempSync(join(scratch, 'gatepost-'))
  const port = await freePort()
  const child = await start('gatepost', '0', ['bin/gatepost', 'up', '--demo', '--data', data, '--listen', `127.0.0.1:${port}`], `http://127.0.0.1:${port}/readyz`)
  const demo = await settings(join(data, 'demo.env'))
  const run = (...args) => execFileSync('bin/gatepost', args, { env: { ...process.env, ...demo }, encoding: 'utf8' })

  const file = join(data, 'people.json')
  writeFileSync(file, JSON.stringify(description))
  run('api', 'import', file, '--group', 'people', '--upstream', `http://127.0.0.1:${upstream}`)
  run('api', 'set', 'people', 'GET /plain/{id}', '--mask', '')
  run('api', 'set', 'people', 'GET /masked/{id}', ...['mobile=phone', 'email=email', 'id_card=idcard'].flatMap(m => ['--mask', `$.result.list[*].${m}`]))
  run('api', 'publish', 'people')
  run('app', 'grant', 'Published.people.R2', '--reason', 'measured')

  const operations = ['/apis/people/v1/plain/{id}', '/apis/people/v1/masked/{id}', '/v1.0/contact/users/{unionId}']
  run('limit', 'group', 'set', 'measured', ...operations)
  for (const operation of operations) for (const rule of rules(demo.APP_KEY, operation, 'measured')) run('limit', 'set', ...rule, '--max', '1000000000')

  const ask = async (path, body) => (await fetch(demo.GATEPOST_URL + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json()
  const { code } = JSON.parse(run('app', 'code', '--user', demo.USER_ID, '--json'))
  const own = await ask('/v1.0/oauth2/userAccessToken', { clientId: demo.APP_KEY, clientSecret: demo.APP_SECRET, grantType: 'authorization_code', code })
  const app = await ask('/v1.0/oauth2/accessToken', { appKey: demo.APP_KEY, appSecret: demo.APP_SECRET })
  const target = (path, token) => ({ url: demo.GATEPOST_URL + path, headers: { 'x-acs-dingtalk-access-token': token } })
  const targets = {
    proxied: target('/apis/people/v1/plain/3', app.accessToken),
    masked: target('/apis/people/v1/masked/3', app.accessToken),
    read: target('/v1.0/contact/users/me', own.accessToken),
  }
  const got = async ({ url, headers }) => (await fetch(url, { headers })).text()
  if (!(await got(targets.proxied)).includes('13800138000')) throw new Error(`not carried: ${await got(targets.proxied)}`)
  if (/13800138000|lina@example/.test(await got(targets.masked))) throw new Error('not masked')
  return { child, targets, answer: await got(targets.read) }
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
