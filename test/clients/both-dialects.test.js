// One person, read by a client of each generation: npm node-dingtalk speaks v1, npm @alicloud/dingtalk v2.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { Platform } from './lib/platform.js'

const require = createRequire(import.meta.url)
const DingTalk = require('node-dingtalk')
const oauth2 = require('@alicloud/dingtalk/oauth2_1_0')
const contact = require('@alicloud/dingtalk/contact_1_0')
const { Config } = require('@alicloud/openapi-client')
const { RuntimeOptions } = require('@alicloud/tea-util')

let platform, env

before(async () => {
  platform = await Platform.start({ grant: ['qyapi_manage_addresslist', 'fieldMobile', 'fieldEmail', 'Contact.User.mobile'] })
  env = platform.env
})
after(() => platform?.stop())

// feature: GW-003
test('the same person, the same facts', async () => {
  const old = new DingTalk({ corpid: env.CORP_ID, corpsecret: env.APP_SECRET, host: platform.url })
  const first = await old.user.get(env.USER_ID)

  const config = new Config({ protocol: 'http', endpoint: platform.host })
  const auth = new oauth2.default(config)
  const { body: token } = await auth.getUserToken(new oauth2.GetUserTokenRequest({ clientId: env.APP_KEY,
    clientSecret: env.APP_SECRET, grantType: 'authorization_code', code: await platform.loginCode(env.USER_ID) }))
  const headers = new contact.GetUserHeaders({ xAcsDingtalkAccessToken: token.accessToken })
  const { body: second } = await new contact.default(config).getUserWithOptions('me', headers, new RuntimeOptions({}))

  assert.ok(first.name && first.mobile && first.unionid, JSON.stringify(first))
  assert.deepEqual({ name: second.nick, mobile: second.mobile, unionid: second.unionId },
    { name: first.name, mobile: first.mobile, unionid: first.unionid })
})
