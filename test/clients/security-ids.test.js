// An app whose ids of people are its own: the official client, unmodified, reads somebody and uses the id for the next call.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { Platform } from './lib/platform.js'
import { v1, v1Token } from './lib/wire.js'

const require = createRequire(import.meta.url)
const contact = require('@alicloud/dingtalk/contact_1_0')
const { Config } = require('@alicloud/openapi-client')
const { RuntimeOptions } = require('@alicloud/tea-util')

let platform, contacts, token

before(async () => {
  platform = await Platform.start()
  contacts = new contact.default(new Config({ protocol: 'http', endpoint: platform.host }))
  token = await v1Token(platform)
})
after(() => platform?.stop())

const search = async queryWord => (await contacts.searchUserWithOptions(new contact.SearchUserRequest({ queryWord, offset: 0, size: 20 }),
  new contact.SearchUserHeaders({ xAcsDingtalkAccessToken: token }), new RuntimeOptions({}))).body.list
const read = async unionId => (await contacts.getUserWithOptions(unionId,
  new contact.GetUserHeaders({ xAcsDingtalkAccessToken: token }), new RuntimeOptions({}))).body

// feature: GW-020
test('the official client works with ids that one app alone knows', async () => {
  const [plain] = await search('李娜')
  const { unionId } = await read((await v1(platform, '/topapi/v2/user/get', token, { userid: plain })).json.result.unionid)
  await platform.command('app', 'set', platform.env.APP_KEY, '--ids', 'open')

  const [own] = await search('李娜')
  assert.match(own, /^gpu_[\w-]{20,60}$/)
  assert.ok(own.length <= 64)
  const { result } = (await v1(platform, '/topapi/v2/user/get', token, { userid: own })).json
  assert.equal(result.userid, own)
  assert.equal(result.name, '李娜')
  const person = await read(result.unionid)
  assert.equal(person.unionId, result.unionid)
  assert.notEqual(person.unionId, unionId)
  assert.equal(person.nick, '李娜')

  await assert.rejects(read(unionId), err => err.code === 'PlainIdRefused' && err.statusCode === 400)
  await assert.rejects(read('gpn_' + person.unionId.slice(4).split('').reverse().join('')), err => err.code === 'InvalidSecurityId')
})
