// The current official client, npm @alicloud/dingtalk, with its endpoint set to us and nothing else changed.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { Platform } from './lib/platform.js'
import { v1, v1Token } from './lib/wire.js'

const require = createRequire(import.meta.url)
const oauth2 = require('@alicloud/dingtalk/oauth2_1_0')
const contact = require('@alicloud/dingtalk/contact_1_0')
const calendar = require('@alicloud/dingtalk/calendar_1_0')
const { Config } = require('@alicloud/openapi-client')
const { RuntimeOptions } = require('@alicloud/tea-util')

const uuid = /^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$/
const plain = new RuntimeOptions({})

let platform, auth, contacts, calendars, token, env

before(async () => {
  platform = await Platform.start()
  env = platform.env
  const config = new Config({ protocol: 'http', endpoint: platform.host })
  auth = new oauth2.default(config)
  contacts = new contact.default(config)
  calendars = new calendar.default(config)
  token = await appToken(env.APP_KEY, env.APP_SECRET)
})
after(() => platform?.stop())

async function appToken(appKey, appSecret) {
  const { body } = await auth.getAccessToken(new oauth2.GetAccessTokenRequest({ appKey, appSecret }))
  return body.accessToken
}

// Runs the call and returns the error it must end in: the client's own, which carries what it read from the answer, and
// not one of parsing. (Its class is compiled to a shape in which instanceof sees a plain Error.)
async function refusal(call) {
  const err = await call().then(ok => assert.fail(`not refused: ${JSON.stringify(ok.body)}`), e => e)
  assert.ok(Number.isInteger(err.statusCode) && typeof err.code === 'string' && err.data, err.stack)
  assert.match(err.data.requestid, uuid, 'the call must be found again by its id')
  assert.ok(err.message.endsWith(`request id: ${err.data.requestid}`), err.message)
  assert.equal(err.data.statusCode, err.statusCode)
  return err
}

const searchUser = (queryWord, xAcsDingtalkAccessToken, more = {}) => contacts.searchUserWithOptions(
  new contact.SearchUserRequest({ queryWord, offset: 0, size: 20, ...more }),
  new contact.SearchUserHeaders({ xAcsDingtalkAccessToken }), plain)

const searchDepartment = (queryWord, xAcsDingtalkAccessToken) => contacts.searchDepartmentWithOptions(
  new contact.SearchDepartmentRequest({ queryWord, offset: 0, size: 20 }),
  new contact.SearchDepartmentHeaders({ xAcsDingtalkAccessToken }), plain)

const me = xAcsDingtalkAccessToken => contacts.getUserWithOptions(
  'me', new contact.GetUserHeaders({ xAcsDingtalkAccessToken }), plain)

const userToken = fields => auth.getUserToken(new oauth2.GetUserTokenRequest({
  clientId: env.APP_KEY, clientSecret: env.APP_SECRET, ...fields }))

// feature: GW-001
test('accessToken', async () => {
  const { statusCode, body } = await auth.getAccessToken(
    new oauth2.GetAccessTokenRequest({ appKey: env.APP_KEY, appSecret: env.APP_SECRET }))
  assert.equal(statusCode, 200)
  assert.equal(body.accessToken, token, 'a repeat inside the life of a token returns the same one')
  assert.equal(body.expireIn, 7200)
})

test('accessToken with a wrong secret', async () => {
  const err = await refusal(() => appToken(env.APP_KEY, 'not-the-secret'))
  assert.equal(err.code, 'invalidClientIdOrSecret')
  assert.equal(err.statusCode, 400)
  assert.ok(!err.message.includes('not-the-secret'), 'a refusal repeats no secret')
})

test('{corpId}/token', async () => {
  const request = grantType => new oauth2.GetTokenRequest({
    clientId: env.APP_KEY, clientSecret: env.APP_SECRET, grantType })
  const { body } = await auth.getToken(env.CORP_ID, request('client_credentials'))
  assert.equal(body.accessToken, token, 'the same token as by every other call for this app')
  assert.equal(body.expiresIn, 7200)

  const err = await refusal(() => auth.getToken(env.CORP_ID, request('password')))
  assert.equal(err.code, 'unsupported.grant.type')
})

test('jsapiTickets', async () => {
  const get = () => auth.createJsapiTicketWithOptions(
    new oauth2.CreateJsapiTicketHeaders({ xAcsDingtalkAccessToken: token }), plain)
  const { body } = await get()
  assert.equal(body.expireIn, 7200)
  assert.ok(body.jsapiTicket.length > 20, body.jsapiTicket)
  assert.equal((await get()).body.jsapiTicket, body.jsapiTicket, 'a repeat returns the same ticket')
})

test('search people by name', async () => {
  const person = (await v1(platform, '/topapi/v2/user/get', token, { userid: env.USER_ID })).json.result
  const { body } = await searchUser(person.name, token)
  assert.ok(body.list.includes(env.USER_ID), `${person.name} → ${body.list}`)
  assert.equal(typeof body.hasMore, 'boolean')
  assert.ok(body.totalCount >= body.list.length)

  const exact = await searchUser(person.name, token, { fullMatchField: 1 })
  assert.ok(exact.body.list.includes(env.USER_ID))
  const none = await searchUser('没有这个人', token)
  assert.deepEqual({ list: none.body.list, hasMore: none.body.hasMore, totalCount: none.body.totalCount },
    { list: [], hasMore: false, totalCount: 0 })
})

test('search departments by name', async () => {
  const children = (await v1(platform, '/topapi/v2/department/listsub', token, { dept_id: 1 })).json.result
  assert.ok(children.length > 0, 'the demo company has departments')
  const { body } = await searchDepartment(children[0].name, token)
  assert.ok(body.list.includes(children[0].dept_id), `${children[0].name} → ${body.list}`)
})

// feature: GW-026
test('code → user token → users/me → refresh', async () => {
  const code = await platform.loginCode()
  const { body: first } = await userToken({ grantType: 'authorization_code', code })
  assert.equal(first.expireIn, 7200)
  assert.ok(first.refreshToken)

  const { body: person } = await me(first.accessToken)
  assert.equal(person.unionId, env.UNION_ID)
  assert.ok(person.nick && person.openId, JSON.stringify(person))

  const { body: second } = await userToken({ grantType: 'refresh_token', refreshToken: first.refreshToken })
  assert.equal((await me(second.accessToken)).body.unionId, env.UNION_ID)

  const again = await refusal(() => userToken({ grantType: 'authorization_code', code }))
  assert.equal(again.code, 'invalidCode', 'a code works once')
})

test('an app token does not stand for a person', async () => {
  const err = await refusal(() => me(token))
  assert.equal(err.statusCode, 400)
  assert.equal(err.code, 'InvalidAuthentication.Kind')
})

test('admin-console sign-in: ssoAccessToken, ssoUserInfo', async () => {
  const { ssoSecret } = await platform.console('corp.sso.secret')
  const get = secret => auth.getSsoAccessToken(new oauth2.GetSsoAccessTokenRequest({ corpid: env.CORP_ID, ssoSecret: secret }))
  const { body } = await get(ssoSecret)
  assert.equal(body.expireIn, 3600)

  await platform.command('app', 'grant', 'qyapi_get_omp_sso_userinfo')
  const code = await platform.loginCode(env.ADMIN_USER, '--admin')
  const info = () => auth.getSsoUserInfoWithOptions(new oauth2.GetSsoUserInfoRequest({ code }),
    new oauth2.GetSsoUserInfoHeaders({ xAcsDingtalkAccessToken: body.accessToken }), plain)
  const { body: who } = await info()
  assert.equal(who.userId, env.ADMIN_USER)
  assert.equal(who.corpId, env.CORP_ID)
  assert.equal(who.isAdmin, true)
  await refusal(info) // the code was spent

  const err = await refusal(() => get('wrong'))
  assert.ok(err.statusCode < 500, err.message)
})

test('no token, forged token, token cut short', async () => {
  const missing = await refusal(() => searchUser('a', undefined))
  assert.equal(missing.code, 'AuthenticationFailed.MissingParameter')
  assert.equal(missing.statusCode, 400)
  for (const forged of ['forged', token.slice(0, -3), `${token}x`]) {
    const err = await refusal(() => searchUser('a', forged))
    assert.equal(err.code, 'InvalidAuthentication', `token ${forged.length} characters long`)
    assert.equal(err.statusCode, 400)
    assert.match(err.message, /不合法的access_token/)
  }
})

test('a missing field is named', async () => {
  const err = await refusal(() => searchUser(undefined, token))
  assert.equal(err.statusCode, 400)
  assert.match(err.message, /queryWord/)
})

// feature: GW-005
test('a missing scope is told in the client\'s own error, and explain --fix grants it', async () => {
  const app = await platform.command('app', 'create', 'Bare', '--scopes=')
  const bare = await appToken(app.appKey, app.appSecret)

  const err = await refusal(() => searchUser('a', bare))
  assert.equal(err.code, 'Forbidden.AccessDenied.AccessTokenPermissionDenied')
  assert.equal(err.statusCode, 403)
  assert.deepEqual(err.accessDeniedDetail.requiredScopes, ['qyapi_addresslist_search'])

  const explained = await platform.command('explain', err.data.requestid)
  const told = JSON.stringify(explained)
  assert.match(told, /scope\.missing/)
  assert.match(told, /qyapi_addresslist_search/)
  assert.match(told, /\/v1\.0\/contact\/users\/search/)

  await platform.command('explain', err.data.requestid, '--fix')
  const { body } = await searchUser('没有这个人', bare)
  assert.deepEqual(body.list, [], 'the same call with the same token now works')
})

test('a known operation that is not offered is refused by its title', async () => {
  const err = await refusal(() => calendars.listCalendarsWithOptions(env.UNION_ID,
    new calendar.ListCalendarsHeaders({ xAcsDingtalkAccessToken: token }), plain))
  assert.equal(err.code, 'NotOffered')
  assert.equal(err.statusCode, 501)
  assert.match(err.message, /查询日历|日历本查询/)
})

test('v1 and v2 hand out one token', async () => {
  assert.equal(await v1Token(platform), token)
})
