// A vendor of the first generation, by hand, because no public client for Node does it: tickets and temporary codes come
// as encrypted callbacks, are exchanged, and the company's people are read with its token.
import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { Platform, sleep } from './lib/platform.js'
import { send, v1 } from './lib/wire.js'

const token = 'callbacktoken'
const aesKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const key = Buffer.from(aesKey + '=', 'base64')

const sha1 = (...parts) => createHash('sha1').update(parts.sort().join('')).digest('hex')

/** The message within, and who it is for. */
function decrypt(text) {
  const d = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const plain = Buffer.concat([d.update(Buffer.from(text, 'base64')), d.final()])
  const body = plain.subarray(0, plain.length - plain[plain.length - 1])
  const end = 20 + body.readUInt32BE(16)
  return { message: body.subarray(20, end).toString('utf8'), owner: body.subarray(end).toString('utf8') }
}

function encrypt(message, owner) {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(message))
  const text = Buffer.concat([Buffer.from(randomBytes(8).toString('hex')), length, Buffer.from(message), Buffer.from(owner)])
  const pad = 32 - text.length % 32
  const c = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([c.update(Buffer.concat([text, Buffer.alloc(pad, pad)])), c.final()]).toString('base64')
}

/** What a vendor's server is: it keeps what it was told and acknowledges it. */
class Receiver {
  told = []
  #server = createServer(async (req, res) => {
    const query = new URL(req.url, 'http://vendor').searchParams
    let body = ''
    for await (const chunk of req) body += chunk
    const { encrypt: text } = JSON.parse(body)
    assert.equal(query.get('signature'), sha1(token, query.get('timestamp'), query.get('nonce'), text))
    const { message, owner } = decrypt(text)
    this.told.push({ owner, ...JSON.parse(message) })
    const timeStamp = String(Date.now()), nonce = 'nonce123', answer = encrypt('success', owner)
    res.setHeader('Content-Type', 'application/json')
    res.end(JSON.stringify({ msg_signature: sha1(token, timeStamp, nonce, answer), timeStamp, nonce, encrypt: answer }))
  })

  async listen() {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${this.#server.address().port}/suite?from=gatepost`
  }

  close() { this.#server.closeAllConnections(); this.#server.close() }

  /** The first event of this name that was not asked for yet. */
  async next(name) {
    for (let waited = 0; waited < 30_000; waited += 20) {
      const at = this.told.findIndex(e => e.EventType === name)
      if (at >= 0) return this.told.splice(at, 1)[0]
      await sleep(20)
    }
    assert.fail(`no ${name} came; there are ${this.told.map(e => e.EventType)}`)
  }
}

let platform, env, vendor, suite
before(async () => {
  platform = await Platform.start()
  env = platform.env
  vendor = new Receiver()
  suite = await platform.command('suites', 'create', 'expenses', '--scopes', 'qyapi_base,qyapi_get_member',
    '--callback', await vendor.listen(), '--token', token, '--aes-key', aesKey)
})
after(async () => {
  vendor?.close()
  await platform?.stop()
})

const service = async (name, suiteToken, body) => {
  const answer = await send('POST', `${platform.url}/service/${name}?suite_access_token=${suiteToken}`, {
    headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  assert.equal(answer.json.errcode, 0, answer.text)
  return answer.json
}
const asCustomer = (command, ...more) => platform.command('suites', command, '--suite', suite.suiteKey, '--corp', env.CUSTOMER_CORP_ID, ...more)

// feature: EVT-007
test('ticket, suite token, permanent code, activation, company token, people; then change, stop, restore and relieve', async () => {
  const ticket = await vendor.next('suite_ticket')
  assert.deepEqual([ticket.owner, ticket.SuiteKey, typeof ticket.TimeStamp], [suite.suiteKey, suite.suiteKey, 'number'])
  const own = await v1(platform, '/service/get_suite_token', undefined,
    { suite_key: suite.suiteKey, suite_secret: suite.suiteSecret, suite_ticket: ticket.SuiteTicket })
  const suiteToken = own.json.suite_access_token
  assert.ok(suiteToken, own.text)

  await asCustomer('authorize')
  const { AuthCode, AuthCorpId, SuiteKey } = await vendor.next('tmp_auth_code')
  assert.deepEqual([AuthCorpId, SuiteKey], [env.CUSTOMER_CORP_ID, suite.suiteKey])
  const { permanent_code, auth_corp_info } = await service('get_permanent_code', suiteToken, { tmp_auth_code: AuthCode })
  assert.deepEqual(auth_corp_info, { corpid: AuthCorpId, corp_name: 'Demo Customer' })
  await service('activate_suite', suiteToken, { suite_key: SuiteKey, auth_corpid: AuthCorpId, permanent_code })
  const info = await service('get_auth_info', suiteToken, { suite_key: SuiteKey, auth_corpid: AuthCorpId })
  const { agentid, appid } = info.auth_info.agent[0]
  assert.equal(appid, suite.appId)

  const { access_token } = await service('get_corp_token', suiteToken, { auth_corpid: AuthCorpId, permanent_code })
  const person = await v1(platform, '/topapi/v2/user/get', access_token, { userid: 'lina' })
  assert.equal(person.json.result?.name, '李娜', person.text)

  // The same token asked for as the official Java client does: signed by time and ticket.
  const timestamp = String(Date.now())
  const signature = createHmac('sha256', suite.suiteSecret).update(`${timestamp}\n${ticket.SuiteTicket}`).digest('base64')
  const signed = await send('POST', `${platform.url}/service/get_corp_token?` + new URLSearchParams({
    accessKey: suite.suiteKey, timestamp, suiteTicket: ticket.SuiteTicket, signature }), {
    headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ auth_corpid: AuthCorpId }) })
  assert.equal(signed.json.errcode, 0, signed.text)

  await asCustomer('change', '--users', 'admin')
  assert.equal((await vendor.next('change_auth')).AuthCorpId, AuthCorpId)
  const outside = await v1(platform, '/topapi/v2/user/get', signed.json.access_token, { userid: 'lina' })
  assert.equal(outside.json.errcode, 50002, outside.text)
  await asCustomer('change', '--all')
  await vendor.next('change_auth')

  for (const [command, name] of [['stop', 'org_micro_app_stop'], ['restore', 'org_micro_app_restore']]) {
    await asCustomer(command)
    const told = await vendor.next(name)
    assert.deepEqual([told.AgentId, told.AppId, told.AuthCorpId, told.SuiteKey], [agentid, appid, AuthCorpId, suite.suiteKey])
  }

  // What happens in the company reaches its vendor, for the same owner.
  await platform.command('app', 'create', 'changer', '--scopes', 'qyapi_base,qyapi_manage_addresslist', '--dialects', 'v1', '--corp', AuthCorpId).then(async a => {
    const changer = (await v1(platform, `/gettoken?appkey=${a.appKey}&appsecret=${a.appSecret}`)).json.access_token
    const made = await v1(platform, '/topapi/v2/user/create', changer, { userid: 'newcomer', name: '新人', mobile: '13900001234', dept_id_list: '1' })
    assert.equal(made.json.errcode, 0, made.text)
  })
  const joined = await vendor.next('user_add_org')
  assert.deepEqual([joined.owner, joined.CorpId, joined.UserId], [suite.suiteKey, AuthCorpId, ['newcomer']])

  await asCustomer('relieve', '--confirm', 'expenses')
  assert.equal((await vendor.next('suite_relieve')).AuthCorpId, AuthCorpId)
  const gone = await v1(platform, '/topapi/v2/user/get', access_token, { userid: 'lina' })
  assert.equal(gone.json.rule, 'token.revoked', gone.text)
})

// feature: EVT-007
test('moving the clock has a new ticket sent', async () => {
  await platform.command('clock', '+20m')
  const { suiteTicket } = await platform.command('suites', 'ticket', suite.suiteKey)
  for (let sent; sent !== suiteTicket;) sent = (await vendor.next('suite_ticket')).SuiteTicket
})
