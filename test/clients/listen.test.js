// npm dingtalk-encrypt 1.2.3 on a developer's machine, told by "gatepost listen" of what happens on a platform that is
// killed and started again.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import DingTalkEncryptor from 'dingtalk-encrypt'
import { Platform } from './lib/platform.js'
import { v1, v1Token } from './lib/wire.js'

let platform
before(async () => { platform = await Platform.start({ grant: ['qyapi_manage_addresslist'] }) })
after(() => platform?.stop())

/** A receiver as its users write one: decrypts, remembers, answers the encrypted "success". */
async function receiver(keys) {
  const encryptor = new DingTalkEncryptor(keys.token, keys.aesKey, keys.ownerKey)
  const told = []
  const server = createServer(async (req, res) => {
    const { searchParams: q } = new URL(req.url, 'http://localhost')
    let body = ''
    for await (const chunk of req) body += chunk
    const text = encryptor.getDecryptMsg(q.get('msg_signature'), q.get('timestamp'), q.get('nonce'), JSON.parse(body).encrypt)
    told.push(JSON.parse(text))
    res.setHeader('Content-Type', 'application/json')
    res.end(JSON.stringify(encryptor.getEncryptedMap('success', Date.now(), 'nonce')))
  })
  return { server, told }
}

async function until(what, holds) {
  for (const end = Date.now() + 60_000; !holds();) {
    assert.ok(Date.now() < end, `still not: ${what}`)
    await new Promise(done => setTimeout(done, 10))
  }
}

async function employ(userid, mobile) {
  const made = await v1(platform, '/topapi/v2/user/create', await v1Token(platform), { userid, name: `员工 100% ${userid}`, mobile, dept_id_list: '1' })
  assert.equal(made.json.errcode, 0, made.text)
}

test('callbacks come to this machine, also across kill -9', async () => {
  // The keys are wanted before there is a server, whose address is wanted before there are keys: so they are brought.
  const keys = { token: 'a-token', aesKey: 'k'.repeat(42) + 'A', ownerKey: platform.env.APP_KEY }
  const { server, told } = await receiver(keys)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const listener = platform.begin('listen', '--forward', `http://127.0.0.1:${server.address().port}/cb`, '--event', 'user_add_org',
    '--token', keys.token, '--aes-key', keys.aesKey, '--json')
  const lines = []
  createInterface({ input: listener.stdout }).on('line', line => lines.push(JSON.parse(line)))
  try {
    await until('it listens', () => lines.length > 0)
    assert.equal(lines[0].ownerKey, keys.ownerKey)

    await employ('listen.1', '13810000001')
    await until('the first is accepted', () => lines.some(l => l.outcome === 'accepted'))
    assert.deepEqual(told[0].userId, ['listen.1'])
    assert.equal(told[0].EventType, 'user_add_org')
    assert.equal(told[0].CorpId, platform.env.CORP_ID)

    await platform.kill()
    await platform.up()
    for (let i = 2; i <= 20; i++) await employ(`listen.${i}`, `138100000${String(i).padStart(2, '0')}`)
    const accepted = () => new Set(lines.filter(l => l.outcome === 'accepted').map(l => l.object))
    await until('all are accepted', () => accepted().size === 20)
    assert.equal(new Set(told.map(e => e.eventId)).size, 20)
  } finally {
    listener.kill('SIGTERM')
    const [code] = await once(listener, 'exit')
    server.close()
    assert.equal(code, 0)
  }
})

test('an application that is not there is refused by name', async () => {
  await assert.rejects(platform.plainCommand('listen', '--app', 'nothing', '--print'), /exit 1\n.*nothing/s)
})
