// A vendor with the current official client, npm @alicloud/dingtalk: from a suite's ticket to a call in a company that
// opened it. What no public client does, an administrator's part, is done by commands.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { Platform } from './lib/platform.js'
import { v1 } from './lib/wire.js'

const require = createRequire(import.meta.url)
const oauth2 = require('@alicloud/dingtalk/oauth2_1_0')
const contact = require('@alicloud/dingtalk/contact_1_0')
const { Config } = require('@alicloud/openapi-client')
const { RuntimeOptions } = require('@alicloud/tea-util')

const plain = new RuntimeOptions({})

let platform, auth, contacts, env, suite
before(async () => {
  platform = await Platform.start()
  env = platform.env
  suite = { suiteKey: env.SUITE_KEY, suiteSecret: env.SUITE_SECRET }
  const config = new Config({ protocol: 'http', endpoint: platform.host })
  auth = new oauth2.default(config)
  contacts = new contact.default(config)
})
after(() => platform?.stop())

const ticket = async () => (await platform.command('suites', 'ticket', suite.suiteKey)).suiteTicket
const suiteToken = async suiteTicket => (await auth.getSuiteAccessToken(new oauth2.GetSuiteAccessTokenRequest({ ...suite, suiteTicket }))).body
const corpToken = async suiteTicket => (await auth.getCorpAccessToken(
  new oauth2.GetCorpAccessTokenRequest({ ...suite, suiteTicket, authCorpId: env.CUSTOMER_CORP_ID }))).body
const refusal = call => call.then(ok => assert.fail(`not refused: ${JSON.stringify(ok)}`), err => err)

// feature: EVT-007
test('the official client gets a token of a company that opened the demo suite, until the company ends that', async () => {
  const present = await ticket()
  const own = await suiteToken(present)
  assert.equal(own.expireIn, 7200)
  const early = await refusal(corpToken(present))
  assert.equal(early.statusCode, 400, early.message)
  assert.match(early.code, /invalidAuthInfo/)

  const { agentId, authorization } = await platform.command('suites', 'authorize', '--suite', suite.suiteKey, '--corp', env.CUSTOMER_CORP_ID)
  assert.equal(authorization, 'active') // it is told by stream

  const info = await auth.getAuthInfoWithOptions(new oauth2.GetAuthInfoRequest({ authCorpId: env.CUSTOMER_CORP_ID }),
    new oauth2.GetAuthInfoHeaders({ xAcsDingtalkAccessToken: own.accessToken }), plain)
  assert.equal(info.body.authCorpInfo.corpName, 'Demo Customer')
  assert.deepEqual(info.body.authAppInfo.agentList.map(a => [a.agentId, a.adminList]), [[agentId, ['admin']]])

  const first = await corpToken(present)
  const second = await corpToken(present)
  assert.notEqual(first.accessToken, second.accessToken) // each call makes one, and both live
  for (const { accessToken } of [first, second]) {
    const found = await contacts.searchUserWithOptions(new contact.SearchUserRequest({ queryWord: '李', offset: 0, size: 20 }),
      new contact.SearchUserHeaders({ xAcsDingtalkAccessToken: accessToken }), plain)
    assert.ok(found.body.list.length > 0)
    const person = await v1(platform, '/topapi/v2/user/get', accessToken, { userid: 'lina' })
    assert.equal(person.json.result?.name, '李娜', person.text)
  }

  const byClient = await auth.getToken(env.CUSTOMER_CORP_ID, new oauth2.GetTokenRequest({
    clientId: suite.suiteKey, clientSecret: suite.suiteSecret, grantType: 'client_credentials' }))
  assert.ok(byClient.body.accessToken)

  await platform.command('suites', 'relieve', '--suite', suite.suiteKey, '--confirm', 'demo suite', '--corp', env.CUSTOMER_CORP_ID)
  const gone = await v1(platform, '/topapi/v2/user/get', first.accessToken, { userid: 'lina' })
  assert.equal(gone.json.rule, 'token.revoked', gone.text)
  assert.match((await refusal(corpToken(present))).code, /invalidAuthInfo/)
})

// feature: EVT-007
test('moving the clock makes a new ticket, and the one before stays good for five hours', async () => {
  const before = await ticket()
  await platform.command('clock', '+20m')
  const now = await ticket()
  assert.notEqual(now, before)
  await suiteToken(before)
  await suiteToken(now)
  await platform.command('clock', '+5h')
  const err = await refusal(suiteToken(before))
  assert.match(err.code, /invalidSuiteTicket/)
  await platform.command('clock', 'reset')
  await suiteToken(before)
})
