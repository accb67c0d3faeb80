// App tokens across both dialects and across time.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Platform } from './lib/platform.js'
import { send, v1, v1Token, v2, v2Token } from './lib/wire.js'

let platform, env
before(async () => {
  platform = await Platform.start()
  env = platform.env
})
after(() => platform?.stop())

const byV1 = token => v1(platform, '/topapi/v2/user/get', token, { userid: env.USER_ID })
const byV2 = token => v2(platform, 'POST', '/v1.0/contact/users/search', token, { queryWord: 'a', offset: 0, size: 1 })

// On /topapi a refused token comes wrapped: errcode 88, the reason as text in sub_code.
function reasonV1(res) {
  assert.equal(res.status, 200)
  assert.equal(res.json.errcode, 88, res.text)
  assert.equal(typeof res.json.sub_code, 'string')
  assert.ok(res.json.errmsg.startsWith(`ding talk error[subcode=${res.json.sub_code},submsg=${res.json.sub_msg}`), res.text)
  return res.json.sub_code
}

test('a repeat returns the same token', async () => {
  const token = await v1Token(platform)
  assert.equal(await v1Token(platform), token)
  assert.equal(await v2Token(platform), token)
})

test('fifty at once get one token', async () => {
  const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => i % 2 ? v1Token(platform) : v2Token(platform)))
  assert.equal(new Set(tokens).size, 1)
})

test('fifty at once of an app that has none yet get one token', async () => {
  const app = await platform.command('app', 'create', 'Fifty')
  const tokens = await Promise.all(Array.from({ length: 50 },
    (_, i) => (i % 2 ? v1Token : v2Token)(platform, app.appKey, app.appSecret)))
  assert.equal(new Set(tokens).size, 1)
})

test('each dialect takes the other\'s token', async () => {
  const v2Answer = await byV2(await v1Token(platform))
  assert.equal(v2Answer.status, 200, v2Answer.text)
  const v1Answer = await byV1(await v2Token(platform))
  assert.equal(v1Answer.json.errcode, 0, v1Answer.text)
})

test('each dialect takes the token in its own place only', async () => {
  const token = await v1Token(platform)
  const header = await send('POST', `${platform.url}/topapi/v2/user/get`, {
    headers: { 'Content-Type': 'application/json', 'x-acs-dingtalk-access-token': token }, body: '{"userid":"a"}' })
  assert.equal(reasonV1(header), '40000', header.text)
  const query = await send('POST', `${platform.url}/v1.0/contact/users/search?access_token=${token}`, {
    headers: { 'Content-Type': 'application/json' }, body: '{"queryWord":"a","offset":0,"size":1}' })
  assert.equal(query.json.code, 'AuthenticationFailed.MissingParameter', query.text)
})

test('wrong credentials', async () => {
  const get = query => send('GET', `${platform.url}/gettoken?${query}`)
  const wrong = (await get(`appkey=${env.APP_KEY}&appsecret=wrong`)).json
  assert.equal(wrong.errcode, 40096)
  assert.match(wrong.errmsg, /^不合法的appKey或appSecret/)
  const none = (await get('')).json
  assert.equal(none.errcode, 40035)
  assert.match(none.errmsg, /^缺少参数 corpid or appkey/)
})

test('expired, forged and reset', async () => {
  const token = await v1Token(platform)
  assert.equal((await byV1(token)).json.errcode, 0)

  await platform.command('clock', '+2h')
  try {
    assert.equal(reasonV1(await byV1(token)), '42001', 'expired')
    assert.equal(reasonV1(await byV1(`${token.slice(0, -4)}AAAA`)), '40014', 'forged')
    const expired = await byV2(token)
    assert.equal(expired.status, 400)
    assert.equal(expired.json.code, 'InvalidAuthentication')
    assert.match(expired.json.message, /超时/)
    const forged = await byV2('forged')
    assert.equal(forged.json.code, 'InvalidAuthentication')
    assert.match(forged.json.message, /^不合法的access_token/)

    const renewed = await v1Token(platform)
    assert.notEqual(renewed, token, 'after its end a new token')
    assert.equal((await byV1(renewed)).json.errcode, 0)
  } finally {
    await platform.command('clock', 'reset')
  }
  assert.equal((await byV1(await v1Token(platform))).json.errcode, 0, 'works again at real time')
})

test('a login code ends after five minutes', async () => {
  const code = await platform.loginCode()
  await platform.command('clock', '+6m')
  try {
    const token = await v1Token(platform)
    const res = await v1(platform, '/topapi/v2/user/getuserinfo', token, { code })
    assert.ok([40102, 42008].includes(Number(res.json.sub_code ?? res.json.errcode)), res.text)
  } finally {
    await platform.command('clock', 'reset')
  }
})
