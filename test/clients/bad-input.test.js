// What no honest client sends. Each is refused in the dialect it came in, by name; the server stays up and small.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { Platform } from './lib/platform.js'
import { send, v1, v1Token, v2 } from './lib/wire.js'

const uuid = /^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$/
const MiB = 1 << 20
const mostMiB = 400

let platform, token, pid
before(async () => {
  platform = await Platform.start()
  token = await v1Token(platform)
  pid = platform.pid
})
after(() => platform?.stop())

const ask = {
  v1: body => v1(platform, '/topapi/v2/user/get', token, body),
  v2: body => v2(platform, 'POST', '/v1.0/contact/users/search', token, body),
}

// One refusal, whichever dialect: {code, message}. v1 says HTTP 200 and a number, v2 a 4xx and a word.
function refused(dialect, res) {
  assert.ok(res.json, `${dialect}: no JSON but ${res.status} ${res.text.slice(0, 200)}`)
  if (dialect === 'v1') {
    assert.equal(res.status, 200, res.text)
    assert.ok(Number.isInteger(res.json.errcode) && res.json.errcode !== 0, res.text)
    assert.match(res.json.request_id, /^[a-z0-9]{12,13}$/)
    assert.ok(res.json.errcode !== -1, `an error of ours, not a refusal: ${res.text}`)
    return { code: Number(res.json.sub_code ?? res.json.errcode), message: res.json.sub_msg ?? res.json.errmsg }
  }
  assert.ok(res.status >= 400 && res.status < 500, `${res.status} ${res.text}`)
  assert.match(res.json.requestid, uuid)
  assert.equal(typeof res.json.code, 'string')
  return { code: res.json.code, message: res.json.message }
}

const nest = (open, close, bytes) => {
  const depth = Math.floor(bytes / (open.length + close.length))
  return open.repeat(depth) + close.repeat(depth)
}

// name: body, and what v1 and v2 must call it
const malformed = { v1: 47001, v2: 'InvalidJSON' }
const cases = [
  ['no JSON at all', 'not json', malformed],
  ['cut short', '{"userid":"a', malformed],
  ['something after the end', '{"userid":"a"} {"userid":"b"}', malformed],
  ['a megabyte of lists', nest('[', ']', MiB - 64), malformed],
  ['a megabyte of objects', `${'{"a":'.repeat(170_000)}1${'}'.repeat(170_000)}`, malformed],
  ['nesting inside a field', `{"nobody.reads.this":${nest('[', ']', 1000)},"userid":"a","queryWord":"a"}`, malformed],
  ['invalid UTF-8', Buffer.from([...Buffer.from('{"userid":"a'), 0xff, 0xfe, ...Buffer.from('","queryWord":"'), 0xc0, 0xaf, ...Buffer.from('"}')]), malformed],
  ['a key twice', '{"userid":"a","userid":"b","queryWord":"a","queryWord":"b"}', malformed],
]

for (const [name, body, codes] of cases) {
  for (const dialect of ['v1', 'v2']) {
    test(`${dialect}: ${name}`, async () => {
      const { code, message } = refused(dialect, await ask[dialect](body))
      assert.equal(code, codes[dialect], message)
      assert.ok(message.length < 1000, `a refusal does not repeat what it refuses: ${message.length} characters`)
    })
  }
}

for (const [dialect, field] of [['v1', 'userid'], ['v2', 'queryWord']]) {
  test(`${dialect}: empty body`, async () => {
    for (const body of [Buffer.alloc(0), '{}', `{"${field}":""}`, `{"${field}":null}`]) {
      const { code, message } = refused(dialect, await ask[dialect](body))
      assert.equal(code, dialect === 'v1' ? 40035 : 'MissingParameter', `${body}: ${message}`)
      assert.match(message, new RegExp(field), `names the field: ${body}`)
    }
  })

  test(`${dialect}: a body that is no object`, async () => {
    for (const body of ['[]', '1', '"a"', 'true', '[{"userid":"a"}]']) refused(dialect, await ask[dialect](body))
  })

  test(`${dialect}: wrong types`, async () => {
    for (const value of ['{"a":1}', '[1,2]']) {
      const { code, message } = refused(dialect, await ask[dialect](`{"${field}":${value},"offset":0,"size":1}`))
      assert.equal(code, dialect === 'v1' ? 40035 : 'InvalidParameter', message)
      assert.match(message, new RegExp(field, 'i'), `names the field: ${message}`)
    }
  })

  test(`${dialect}: an unknown field is tolerated and told`, async () => {
    const value = dialect === 'v1' ? platform.env.USER_ID : 'a'
    const res = await ask[dialect](`{"${field}":"${value}","offset":0,"size":1,"naem":"x"}`)
    assert.equal(res.status, 200, res.text)
    assert.equal(res.json.errcode ?? 0, 0, res.text)
    assert.match(res.headers['x-gatepost-warning'] ?? '', /naem/)
  })

  test(`${dialect}: a body of 100 MiB`, async () => {
    let sent = 0
    function* flood() {
      const chunk = Buffer.alloc(MiB / 4, 'a')
      yield Buffer.from(`{"${field}":"`)
      for (; sent < 100 * MiB; sent += chunk.length) yield chunk
      yield Buffer.from('"}')
    }
    const path = dialect === 'v1' ? `/topapi/v2/user/get?access_token=${token}` : '/v1.0/contact/users/search'
    const res = await send('POST', platform.url + path, {
      headers: { 'Content-Type': 'application/json', 'x-acs-dingtalk-access-token': token }, body: flood(),
    })
    const { code, message } = refused(dialect, res)
    assert.equal(code, dialect === 'v1' ? 41101 : 'RequestEntityTooLarge', message)
    assert.ok(platform.residentMiB() < mostMiB, `${platform.residentMiB().toFixed()} MiB resident`)
  })
}

test('numbers out of range and of the wrong kind are named', async () => {
  for (const fields of ['"offset":"many"', '"offset":1e400', '"offset":-1', '"size":99999999999999999999', '"size":1.5']) {
    const { message } = refused('v2', await ask.v2(`{"queryWord":"a",${fields.includes('offset') ? '"size":1' : '"offset":0'},${fields}}`))
    assert.match(message, /offset|size|偏移量|分页大小/, fields)
  }
  const { message } = refused('v1', await v1(platform, '/topapi/v2/user/list', token, { dept_id: 'one', cursor: 0, size: 1 }))
  assert.match(message, /dept_id/)
})

test('a hundred megabytes at once stay bounded', async () => {
  const body = Buffer.alloc(MiB - 1024, ' ')
  body.write('{"userid":"a","queryWord":"a","offset":0,"size":1')
  body[body.length - 1] = '}'.charCodeAt(0)
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => ask[i % 2 ? 'v1' : 'v2'](body)))
  assert.ok(answers.every(a => a.json), 'every call is answered')
  assert.ok(platform.residentMiB() < mostMiB, `${platform.residentMiB().toFixed()} MiB resident`)
})

test('bytes that are hardly HTTP', async () => {
  const { hostname, port } = new URL(platform.url)
  const lines = [
    'GET / HTTP/1.1\r\n\r\n',
    'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n',
    `GET /${'a/'.repeat(30_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET /gettoken?${'a=%FF&'.repeat(2000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    'GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /topapi/v2/user/get HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"userid"',
    'POST /topapi/v2/user/get HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n',
    'POST /topapi/v2/user/get HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ]
  for (const line of lines) {
    await new Promise(done => {
      const socket = connect({ host: hostname, port }, () => socket.end(line, 'latin1'))
      socket.resume().on('close', done).on('error', done)
      socket.setTimeout(2000, () => socket.destroy())
    })
  }
})

test('form bodies, bad as well', async () => {
  for (const body of ['%zz=1', 'userid=%ff%fe', '&&&===', 'userid=a&userid=b', 'a=1&'.repeat(50_000)]) {
    const res = await send('POST', `${platform.url}/topapi/v2/user/get?access_token=${token}`, {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body,
    })
    refused('v1', res)
  }
})

test('unknown paths', async () => {
  const topapi = await v1(platform, '/topapi/v2/user/notexist', token, {})
  assert.equal(topapi.json.errcode, 22, topapi.text)
  assert.match(topapi.json.sub_msg, /dingtalk\.oapi\.v2\.user\.notexist/)
  const res = await v2(platform, 'GET', '/v1.0/nothing/here', token)
  refused('v2', res)
})

test('the server lived through all of it', async () => {
  assert.equal(platform.pid, pid)
  assert.equal(await v1Token(platform), token)
  assert.doesNotMatch(platform.output, /panic|goroutine \d+ \[/)
  const resident = platform.residentMiB()
  assert.ok(resident < mostMiB, `${resident.toFixed()} MiB resident`)
})
