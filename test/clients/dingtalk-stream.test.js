// npm dingtalk-stream 2.1.5, whose hosts are constants in its source, run under "gatepost exec".
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Platform, sleep } from './lib/platform.js'
import { v1, v1Token } from './lib/wire.js'

let platform
before(async () => { platform = await Platform.start({ grant: ['qyapi_manage_addresslist'] }) })
after(() => platform?.stop())

/** Runs f with an app that is connected, and ends the app. */
async function withApp(options, f) {
  const app = platform.live('stream-app.js', JSON.stringify(options))
  try {
    await app.until('it is connected', said => said.find(s => s.connected))
    return await f(app)
  } finally {
    await app.stop()
  }
}

/** Employs somebody, however often the platform goes away meanwhile. */
async function employ(token, userid, mobile) {
  for (let away = false; ;) {
    let res
    try {
      res = await v1(platform, '/topapi/v2/user/create', token, { userid, name: userid, mobile, dept_id_list: '1' })
    } catch {
      away = true // it may have been done, and the answer lost
      await sleep(50)
      continue
    }
    if (res.json?.errcode === 0 || away && res.json?.errcode === 60102) return
    if (res.json?.sub_code !== '90018') assert.fail(res.text)
    await sleep(50)
  }
}

/** Employs count people as fast as it goes; once, after half of them, calls halfway. */
async function burst(name, prefix, count, halfway = () => {}) {
  const token = await v1Token(platform)
  let next = 0
  let done = 0
  const worker = async () => {
    for (let i = next++; i < count; i = next++) {
      await employ(token, `${name}.${i}`, `${prefix}${String(i).padStart(7, '0')}`)
      if (++done === count / 2) halfway()
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return Array.from({ length: count }, (_, i) => `${name}.${i}`)
}

/** Whom an app was told of as employed, with how often. */
function employed(said, name) {
  const times = new Map()
  for (const s of said) {
    if (s.eventType !== 'user_add_org') continue
    for (const user of s.data.userId) if (user.startsWith(`${name}.`)) times.set(user, (times.get(user) ?? 0) + 1)
  }
  return times
}

// How many events are under way to one app at once; so many may come twice when a connection dies.
const underWay = 16

// What the app accepted and a platform that is killed had not recorded yet comes twice as well.
const unrecorded = 1024

async function allTold(t, app, name, done, most) {
  await app.until('all are told', said => employed(said, name).size >= done.length, 120)
  const times = employed(app.said, name)
  assert.deepEqual(done.filter(user => !times.has(user)), [], 'nobody is lost')
  const twice = [...times.values()].filter(n => n > 1).length
  t.diagnostic(`${done.length} changes, ${twice} told twice`)
  assert.ok(twice <= most, `${twice} told twice`)
}

// feature: DIR-003
test('a client with hard-coded hosts is told of a change within a second', t => withApp({}, async app => {
  assert.equal(app.said.find(s => s.token).token, await v1Token(platform), 'the token is this platform\'s, by https://oapi.dingtalk.com')
  assert.match(app.said.find(s => s.connected).endpoint, /^wss:\/\/api\.dingtalk\.com:443\/connect$/)

  const token = await v1Token(platform)
  const took = []
  for (let i = 0; i < 20; i++) {
    const began = Date.now()
    await employ(token, `one.${i}`, `1391${String(i).padStart(7, '0')}`)
    const { at, ...event } = await app.until('the event', said => said.find(s => s.eventType === 'user_add_org' && s.data.userId.includes(`one.${i}`)))
    assert.equal(event.eventCorpId, platform.env.CORP_ID)
    took.push(at - began)
  }
  took.sort((a, b) => a - b)
  await v1(platform, '/topapi/v2/user/delete', token, { userid: 'one.0' })
  await app.until('the event of somebody who left', said => said.find(s => s.eventType === 'user_leave_org' && s.data.userId.includes('one.0')))
  t.diagnostic(`from before the change to its arrival: median ${took[10]} ms, at most ${took[19]} ms`)
  assert.ok(took[19] < 1000, `${took} ms`)

  const { list } = await platform.console('stream.connections')
  assert.equal(list.length, 1)
  assert.equal(list[0].userAgent, 'clients-test')
}))

test('what it puts off comes again', () => withApp({ later: 1 }, async app => {
  await employ(await v1Token(platform), 'later.1', '13920000000')
  const [first, second] = await app.until('it comes again', said => {
    const both = said.filter(s => s.data?.userId?.includes('later.1'))
    return both.length === 2 && both
  })
  assert.equal(first.status, 'LATER')
  assert.equal(second.eventId, first.eventId)
  assert.notEqual(second.messageId, first.messageId)
}))

test('a connection that is lost in the middle of 1,000 changes loses none', t => withApp({ cut: 300 }, async app => {
  const done = await burst('cut', '1393', 1000)
  assert.ok(app.said.some(s => s.cut), 'the connection was lost')
  await allTold(t, app, 'cut', done, underWay)
}))

// feature: MSG-004
test('kill -9 in the middle of 10,000 changes loses none', t => withApp({}, async app => {
  let again
  try {
    const done = await burst('crash', '1394', 10_000, () => { again = platform.kill().then(() => platform.up()) })
    await allTold(t, app, 'crash', done, underWay + unrecorded)
  } finally {
    await again
  }
}))

test('a callback is answered', () => withApp({ callbacks: ['/v1.0/im/bot/messages/get'] }, async app => {
  const data = { text: { content: 'hello' }, senderNick: '李娜' }
  const answer = await platform.command('events', 'callback', '--app', platform.env.APP_KEY, '--topic', '/v1.0/im/bot/messages/get', '--data', JSON.stringify(data))
  assert.equal(answer.code, 200)
  assert.deepEqual(JSON.parse(answer.data), { heard: data })
  assert.deepEqual(app.said.find(s => s.callback).data, data)
}))

test('a client that ignores proxy variables reaches us', async () => {
  const { stdout } = await platform.exec('ws-app.js')
  const seen = JSON.parse(stdout.trim().split('\n').at(-1))
  assert.equal(seen.error, undefined)
  assert.equal(seen.status, 401, 'its ticket is none')
})

test('the names lead here for that command only', async () => {
  const { stdout } = await platform.plainCommand('exec', '--', process.execPath, '-e', 'console.log("quiet")')
  assert.equal(stdout, 'quiet\n', 'exec adds nothing to what the command prints')
  await assert.rejects(platform.plainCommand('exec', '--', process.execPath, '-e', 'process.exit(7)'), /exit 7\b/,
    'exec ends with the command\'s own exit code')
})
