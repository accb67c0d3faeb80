// npm node-dingtalk, the community's v1 client: first-generation paths, corpid and corpsecret, JSON numbers.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { Platform } from './lib/platform.js'

const DingTalk = createRequire(import.meta.url)('node-dingtalk')

let platform, env, ding

before(async () => {
  platform = await Platform.start({ grant: ['qyapi_manage_addresslist', 'fieldMobile', 'fieldEmail'] })
  env = platform.env
  ding = new DingTalk({ corpid: env.CORP_ID, corpsecret: env.APP_SECRET, host: platform.url })
})
after(() => platform?.stop())

// The client throws DingTalkClientResponseError with the errcode as its code.
async function errcode(promise) {
  const err = await promise.then(ok => assert.fail(`not refused: ${JSON.stringify(ok)}`), e => e)
  assert.equal(err.name, 'DingTalkClientResponseError', err.stack)
  return err.code
}

// feature: GW-001
test('token by corpid and corpsecret', async () => {
  const token = await ding.client.getAccessToken()
  assert.ok(token.length > 20, token)
  const other = new DingTalk({ corpid: env.CORP_ID, corpsecret: env.APP_SECRET, host: platform.url })
  assert.equal(await other.client.getAccessToken(), token)

  const wrong = new DingTalk({ corpid: env.CORP_ID, corpsecret: 'wrong', host: platform.url })
  assert.equal(await errcode(wrong.client.getAccessToken()), 40089)
})

test('departments: list, create, read, rename, delete', async () => {
  const { department } = await ding.department.list({ id: 1, fetch_child: true })
  assert.ok(department.length >= 13, `${department.length} departments`)
  assert.ok(department.every(d => Number.isInteger(d.id) && typeof d.name === 'string'), JSON.stringify(department[0]))

  const { id } = await ding.department.create({ name: '客户端测试部', parentid: 1, order: 5 })
  assert.ok(Number.isInteger(id))
  const got = await ding.department.get(id)
  assert.deepEqual({ id: got.id, name: got.name, parentid: got.parentid }, { id, name: '客户端测试部', parentid: 1 })
  const { sub_dept_id_list: children } = await ding.department.listSubDepartmentIds(1)
  assert.ok(children.includes(id), `${id} in ${children}`)
  const { parentIds } = await ding.department.listParentDepartmentIds(id)
  assert.deepEqual(parentIds, [id, 1], 'from the department itself up to the root')

  assert.equal(await errcode(ding.department.create({ name: '客户端测试部', parentid: 1 })), 60021)
  assert.equal(await errcode(ding.department.create({ name: '孤儿', parentid: 999999999 })), 60004)

  await ding.department.update({ id, name: '客户端验收部' })
  assert.equal((await ding.department.get(id)).name, '客户端验收部')

  await ding.department.delete(id)
  assert.equal(await ding.department.get(id), undefined, 'the client turns a refusal into undefined')
  assert.equal(await errcode(ding.department.delete(id)), 60003)
})

test('people: list, create, read, change, delete', async () => {
  const { userlist: all } = await ding.user.listAll(undefined, true)
  assert.ok(all.length >= 200, `${all.length} people in the demo company`)
  const { department } = await ding.department.list({ id: 1, fetch_child: true })
  const dept = department.find(d => d.parentid === 1).id
  const full = await ding.user.list(dept, false, { offset: 0, size: 10 })
  assert.ok(full.userlist.length > 0)
  assert.ok(full.userlist.every(u => u.userid && u.name && u.department.includes(dept)), JSON.stringify(full.userlist[0]))

  const person = { userid: 'client.test.1', name: '王小测', mobile: '13900990001', department: [dept], jobnumber: 'T-1',
    position: '测试工程师', workPlace: '杭州' }
  assert.equal((await ding.user.create(person)).userid, person.userid)
  const got = await ding.user.get(person.userid)
  assert.deepEqual({ userid: got.userid, name: got.name, department: got.department, jobnumber: got.jobnumber },
    { userid: person.userid, name: person.name, department: [dept], jobnumber: 'T-1' })
  assert.ok(got.unionid)
  assert.equal((await ding.user.getUseridByUnionid(got.unionid)).userid, person.userid)
  assert.equal((await ding.user.getByMobile(person.mobile)).userid, person.userid)
  const { userlist } = await ding.user.listAll(dept, true)
  assert.ok(userlist.some(u => u.userid === person.userid))

  assert.equal(await errcode(ding.user.create({ ...person, mobile: '13900990002' })), 60102, 'the userid is taken')
  assert.equal(await errcode(ding.user.create({ ...person, userid: 'client.test.2' })), 60104, 'the mobile is taken')

  await ding.user.update({ userid: person.userid, name: '王大测' })
  assert.equal((await ding.user.get(person.userid)).name, '王大测')

  await ding.user.delete(person.userid)
  assert.equal(await ding.user.get(person.userid), undefined)
})

test('several people are deleted at once', async () => {
  const ids = ['batch.1', 'batch.2']
  for (const [i, userid] of ids.entries()) {
    await ding.user.create({ userid, name: `批量${i}`, mobile: `1390099010${i}`, department: [1] })
  }
  await ding.user.delete(ids)
  for (const userid of ids) assert.equal(await ding.user.get(userid), undefined, userid)
})

// feature: GW-026
test('a login code tells who it is, once', async () => {
  const code = await platform.loginCode()
  const who = await ding.user.getUserInfoByCode(code)
  assert.equal(who.userid, env.USER_ID)
  assert.equal(await errcode(ding.user.getUserInfoByCode(code)), 40078)
  assert.equal(await errcode(ding.user.getUserInfoByCode('nonsense')), 40078)
})

test('scopes of the caller', async () => {
  const scopes = await ding.auth.scopes()
  assert.ok(Array.isArray(scopes.auth_org_scopes.authed_dept))
  assert.ok(scopes.auth_org_scopes.authed_dept.length + scopes.auth_org_scopes.authed_user.length > 0)
})

test('jsapi ticket and signature', async () => {
  const ticket = await ding.client.getJSApiTicket()
  assert.ok(ticket.length > 20, ticket)

  const page = 'http://mp.example.com/a?x=1&name=%E6%9D%8E#top'
  const config = await ding.client.getJSApiConfig(page, { noncestr: 'abc', timestamp: 1414587457000 })
  // Computed here from the documented rule alone: fixed order, no fragment, the query decoded.
  const signed = `jsapi_ticket=${ticket}&noncestr=abc&timestamp=1414587457000&url=http://mp.example.com/a?x=1&name=李`
  assert.equal(config.signature, createHash('sha1').update(signed).digest('hex'))
  assert.equal(config.corpId, env.CORP_ID)

  // The platform's own check of the same page agrees, and sees a difference of one character.
  const check = url => platform.console('jsapi.verify', { agentId: Number(env.AGENT_ID), url, nonceStr: 'abc',
    timeStamp: '1414587457000', signature: config.signature })
  assert.equal((await check(page)).valid, true)
  assert.equal((await check(page.replace('x=1', 'x=2'))).valid, false)

  // A second client of the same app must be given the same ticket, or pages signed by one server of a cluster would be
  // refused after another asked.
  const other = new DingTalk({ corpid: env.CORP_ID, corpsecret: env.APP_SECRET, host: platform.url })
  assert.equal(await other.client.getJSApiTicket(), ticket)
})
