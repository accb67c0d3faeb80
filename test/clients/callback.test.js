// npm dingtalk-encrypt and npm standardwebhooks: events by HTTP callback, in either form, read by clients as published.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { Platform } from './lib/platform.js'
import { v1, v1Token } from './lib/wire.js'

const require = createRequire(import.meta.url)
const DingTalk = require('node-dingtalk')
const DingTalkEncryptor = require('dingtalk-encrypt')
const utils = require('dingtalk-encrypt/Utils')

const token = 'abc123'
const key = '4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij'

let platform, env, ding

before(async () => {
  platform = await Platform.start({ grant: ['qyapi_manage_addresslist', 'qyapi_get_member'] })
  env = platform.env
  ding = new DingTalk({ corpid: env.CORP_ID, corpsecret: env.APP_SECRET, host: platform.url })
})
after(() => platform?.stop())

/** A server that hands each request to read, and what that returns to whoever waits. */
async function receiver(read, port = 0) {
  const came = []
  const waiting = []
  const server = createServer(async (req, res) => {
    const chunks = []
    for await (const chunk of req) chunks.push(chunk)
    try {
      const event = read(req, Buffer.concat(chunks).toString('latin1'), res)
      event.at = performance.now()
      if (waiting.length) waiting.shift()(event)
      else came.push(event)
    } catch (err) {
      res.statusCode = 500
      res.end(String(err))
    }
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}/callback?of=app`,
    next: () => soon(came.length ? Promise.resolve(came.shift()) : new Promise(done => waiting.push(done))),
    close: () => { server.closeAllConnections(); server.close() },
  }
}

/** What the promise becomes, unless that takes half a minute. */
async function soon(promise) {
  let timer
  const late = new Promise((_, no) => { timer = setTimeout(no, 30_000, new Error('nothing came')) })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Reads as the documents' example does, and answers as it does. */
function encrypted(owner) {
  const encryptor = new DingTalkEncryptor(token, key, owner)
  return (req, body, res) => {
    const { searchParams: q } = new URL(req.url, 'http://localhost')
    const text = encryptor.getDecryptMsg(q.get('signature'), q.get('timestamp'), q.get('nonce'), JSON.parse(body).encrypt)
    res.end(JSON.stringify(encryptor.getEncryptedMap('success', q.get('timestamp'), utils.getRandomStr(8))))
    return JSON.parse(text)
  }
}

/** The next event of this name; others may come before it. */
async function until(to, name) {
  for (;;) {
    const event = await to.next()
    if (event.EventType === name) return event
  }
}

const hire = async (userid, name = '回调 100%') => {
  const began = performance.now()
  const res = await v1(platform, '/topapi/v2/user/create', await v1Token(platform), { userid, name, mobile: `139${String(Math.random()).slice(2, 10)}`, dept_id_list: '1' })
  assert.equal(res.json?.errcode, 0, res.text)
  return began
}

// feature: EVT-002
// feature: DIR-003
test('an app registers, and dingtalk-encrypt reads what happens', async t => {
  const to = await receiver(encrypted(env.CORP_ID))
  try {
    const body = { call_back_tag: ['user_add_org', 'user_modify_org', 'user_leave_org'], token, aes_key: key, url: to.url }
    await ding.client.post('call_back/register_call_back', body)
    assert.equal((await to.next()).EventType, 'check_url')
    const { call_back_tag: tags, url } = await ding.client.get('call_back/get_call_back')
    assert.deepEqual({ tags, url }, { tags: ['user_add_org', 'user_leave_org', 'user_modify_org'], url: to.url })

    const began = await hire('callback.1')
    const added = await to.next()
    assert.equal(added.EventType, 'user_add_org')
    assert.equal(added.CorpId, env.CORP_ID)
    assert.deepEqual(added.UserId, ['callback.1'])
    assert.deepEqual(added.userId, ['callback.1'])
    t.diagnostic(`arrived ${(added.at - began).toFixed()} ms after the call began`)
    assert.ok(added.at - began < 1000, `${added.at - began} ms`)

    await ding.client.get('user/delete', { userid: 'callback.1' })
    assert.equal((await until(to, 'user_leave_org')).UserId[0], 'callback.1')
    const { failed_list: failed } = await ding.client.get('call_back/get_call_back_failed_result')
    assert.deepEqual(failed, [])
  } finally {
    await ding.client.get('call_back/delete_call_back')
    to.close()
  }
})

test('a receiver with another owner key is refused', async () => {
  const to = await receiver(encrypted(env.APP_KEY))
  try {
    const body = { call_back_tag: ['user_add_org'], token, aes_key: key, url: to.url }
    await assert.rejects(ding.client.post('call_back/register_call_back', body), { code: 71012 })
  } finally {
    to.close()
  }
})

test('the console subscribes an app: the owner key is the AppKey', async () => {
  const to = await receiver(encrypted(env.APP_KEY))
  try {
    await platform.plainCommand('events', 'webhook', 'set', '--to', to.url, '--token', token, '--aes-key', key, '--events', 'user_add_org')
    assert.equal((await to.next()).EventType, 'check_url')
    await hire('callback.2')
    assert.deepEqual((await to.next()).userId, ['callback.2'])
    await platform.plainCommand('events', 'webhook', 'set', (await list())[0].id, '--state', 'off', '--unchecked')
  } finally {
    to.close()
  }
})

const list = async () => (await platform.command('events', 'webhook', 'list')).list

test('npm standardwebhooks verifies the plain form', async () => {
  const secret = 'whsec_' + Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')
  const webhook = new Webhook(secret)
  const to = await receiver((req, body, res) => {
    const event = webhook.verify(body, req.headers)
    res.statusCode = 202
    res.end()
    return { ...event, id: req.headers['webhook-id'] }
  })
  try {
    const { id } = await platform.command('events', 'webhook', 'set', '--to', to.url, '--form', 'webhook', '--secret', secret, '--events', 'user_add_org')
    assert.equal((await to.next()).type, 'check_url')
    await hire('callback.3', '标准')
    const event = await to.next()
    assert.equal(event.type, 'user_add_org')
    assert.deepEqual(event.data.userId, ['callback.3'])
    assert.equal(event.data.corpId, env.CORP_ID)
    assert.ok(Math.abs(Date.parse(event.timestamp) - Date.now()) < 60_000, event.timestamp)
    assert.match(event.id, /^\d+$/)
    await platform.plainCommand('events', 'webhook', 'set', id, '--state', 'off', '--unchecked')
  } finally {
    to.close()
  }
})

test('what was not answered before a kill -9 arrives after the restart', async t => {
  const read = encrypted(env.CORP_ID)
  let silent = false
  const to = await receiver((req, body, res) => read(req, body, silent ? { end() {} } : res))
  try {
    await ding.client.post('call_back/register_call_back', { call_back_tag: ['user_add_org'], token, aes_key: key, url: to.url })
    assert.equal((await to.next()).EventType, 'check_url')
    silent = true
    await hire('callback.4')
    const first = await to.next()
    await platform.kill()
    silent = false
    await platform.up()
    const up = performance.now()
    const again = await to.next()
    assert.deepEqual({ ...again, at: 0 }, { ...first, at: 0 }, 'the same event, by its id')
    assert.deepEqual(again.userId, ['callback.4'])
    t.diagnostic(`arrived ${(again.at - up).toFixed()} ms after the platform was ready again`)
  } finally {
    to.close()
  }
})
