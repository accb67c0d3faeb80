// What an app may do, taken away piece by piece: each refusal says which piece is missing, in both dialects, and is gone
// once it is given.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Platform, sleep } from './lib/platform.js'
import { v1, v1Token, v2 } from './lib/wire.js'

let platform, env, departments
before(async () => {
  platform = await Platform.start()
  env = platform.env
  const token = await v1Token(platform)
  departments = (await v1(platform, '/topapi/v2/department/listsub', token, { dept_id: 1 })).json.result.map(d => d.dept_id)
})
after(() => platform?.stop())

// An app of the test's own, so that no test takes anything away from another.
async function newApp(name, ...flags) {
  const app = await platform.command('app', 'create', name, '--dialects=v1,v2', ...flags)
  return { ...app, token: await v1Token(platform, app.appKey, app.appSecret) }
}

const change = (app, fields) => platform.console('app.update', { agentId: app.agentId, ...fields })
const read = (app, userid = env.USER_ID) => v1(platform, '/topapi/v2/user/get', app.token, { userid })
const search = app => v2(platform, 'POST', '/v1.0/contact/users/search', app.token, { queryWord: 'a', offset: 0, size: 1 })
const code = res => Number(res.json.sub_code ?? res.json.errcode)
const text = res => res.json.sub_msg ?? res.json.errmsg

// A change reaches every node within a second; this one has it at once or after a moment.
async function soon(call, expected) {
  for (let tries = 0; ; tries++) {
    const res = await call()
    if (expected(res)) return res
    assert.ok(tries < 20, `after a second still: ${res.status} ${res.text}`)
    await sleep(50)
  }
}

// feature: GW-005
test('scope', async () => {
  const app = await newApp('Scopes', '--scopes=')
  const res = await read(app)
  assert.equal(res.json.errcode, 88)
  assert.equal(res.json.sub_code, '60011')
  // Tools cut the scope out of this text.
  assert.match(res.json.sub_msg, /\{requiredScopes=\[qyapi_get_member\]\}/)

  await platform.command('app', 'grant', 'qyapi_get_member', '--app', 'Scopes', '--reason', 'test')
  await soon(() => read(app), r => r.json.errcode === 0)
})

test('visible range', async () => {
  const app = await newApp('Range')
  await change(app, { range: { all: false, departments: [departments[0]], users: [] } })
  const list = dept => v1(platform, '/topapi/user/listid', app.token, { dept_id: dept })
  const department = dept => v1(platform, '/topapi/v2/department/get', app.token, { dept_id: dept })

  const outside = await soon(() => department(departments[1]), r => r.json.errcode !== 0)
  assert.equal(code(outside), 50004, outside.text)
  assert.ok(text(outside).includes(departments[1]), `names what was asked: ${text(outside)}`)
  assert.equal((await department(departments[0])).json.errcode, 0)

  const all = await v1Token(platform)
  const members = async dept => (await v1(platform, '/topapi/user/listid', all, { dept_id: dept })).json.result.userid_list
  const inside = new Set(await members(departments[0]))
  const stranger = (await members(departments[1])).find(u => !inside.has(u))
  const refused = await read(app, stranger)
  assert.equal(code(refused), 50002, refused.text)
  assert.ok(text(refused).includes(stranger), `names who was asked for: ${text(refused)}`)
  assert.equal((await list(departments[0])).json.errcode, 0)
})

// feature: GW-024
test('address', async () => {
  const app = await newApp('Address')
  await change(app, { ips: ['10.1.2.3'] })
  const refused = await soon(() => read(app), r => r.json.errcode !== 0)
  assert.equal(code(refused), 60020, refused.text)
  assert.match(text(refused), new RegExp(`request ip=127\\.0\\.0\\.1 appKey\\(${app.appKey}\\)`))
  const v2Refused = await search(app)
  assert.equal(v2Refused.status, 403)
  assert.equal(v2Refused.json.code, 'Forbidden.AccessDenied.IpNotInWhiteList')

  await platform.command('explain', v2Refused.json.requestid, '--fix')
  await soon(() => read(app), r => r.json.errcode === 0)
})

test('strict: an unknown field is refused, with the nearest known one', async () => {
  const app = await newApp('Strict', '--strict')
  const res = await v1(platform, '/topapi/v2/user/get', app.token, { user_id: env.USER_ID, userid: env.USER_ID })
  assert.equal(code(res), 40035, res.text)
  assert.match(text(res), /user_id/)
  assert.match(text(res), /userid/)
})

// feature: GW-019
test('data grade R1 masks', async () => {
  const open = await read(await newApp('Open', '--scopes', 'qyapi_get_member,fieldMobile'))
  const masked = await read(await newApp('Masked', '--grade', 'R1', '--scopes', 'qyapi_get_member,fieldMobile'))
  assert.match(open.json.result.mobile, /^\+?[\d-]+$/)
  assert.notEqual(masked.json.result.mobile, open.json.result.mobile)
  assert.match(masked.json.result.mobile ?? '***', /\*/)
})

test('two secrets live side by side', async () => {
  const app = await newApp('Secrets')
  const { appSecret } = await platform.command('app', 'secret', '--app', 'Secrets')
  assert.notEqual(appSecret, app.appSecret)
  const tokens = [await v1Token(platform, app.appKey, app.appSecret), await v1Token(platform, app.appKey, appSecret)]
  assert.equal(tokens[0], tokens[1], 'one app, one token, whichever secret')
  await platform.command('app', 'secret', '--app', 'Secrets', '--keep-old', '0s')
  await assert.rejects(v1Token(platform, app.appKey, app.appSecret), /40096/)
})

test('a revoked token is told apart from a forged one, within a second', async () => {
  const app = await newApp('Revoked')
  assert.equal((await read(app)).json.errcode, 0)
  await platform.console('app.token.revoke', { agentId: app.agentId })
  const refused = await soon(() => read(app), r => r.json.errcode !== 0)
  assert.match(text(refused), /吊销/)
  const forged = await read({ token: `${app.token.slice(0, -4)}AAAA` })
  assert.doesNotMatch(text(forged), /吊销/)
  assert.notEqual(await v1Token(platform, app.appKey, app.appSecret), app.token)
})

test('a unionid given as userid is called by its name', async () => {
  const res = await v1(platform, '/topapi/v2/user/get', await v1Token(platform), { userid: env.UNION_ID })
  assert.equal(code(res), 33012, res.text)
  assert.match(text(res), /unionid/i)
  assert.match(text(res), /getbyunionid/i, 'says which call converts it')
})

test('a disabled app', async () => {
  const app = await newApp('Disabled')
  await change(app, { state: 'disabled' })
  const refused = await soon(() => read(app), r => r.json.errcode !== 0)
  assert.match(text(refused), /停用/)
})
