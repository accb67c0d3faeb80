// Power cuts and cold starts: what was acknowledged is there, and being there takes little time.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { Platform, sleep } from './lib/platform.js'
import { v1, v1Token } from './lib/wire.js'

const writes = 1000
const concurrency = 16

test('cold start on an empty directory', async t => {
  const platform = await Platform.start()
  try {
    t.diagnostic(`ready after ${platform.readyAfter.toFixed()} ms`)
    // Three seconds are promised on an idle machine; a busy one is not what this looks for.
    assert.ok(platform.readyAfter < 15_000, `${platform.readyAfter.toFixed()} ms`)
  } finally {
    await platform.stop()
  }
})

test('kill -9 in the middle of writes, on SQLite', t => survives(t, {}))

const server = process.env.GATEPOST_TEST_POSTGRES
test('kill -9 in the middle of writes, on PostgreSQL', { skip: !server && 'GATEPOST_TEST_POSTGRES is not set' }, async t => {
  const name = `clients_${process.pid}`
  const sql = text => execFileSync('psql', [server, '--quiet', '--no-psqlrc', '-v', 'ON_ERROR_STOP=1', '-c', text])
  sql(`CREATE DATABASE ${name}`)
  try {
    const url = new URL(server)
    url.pathname = `/${name}`
    await survives(t, { postgres: url.href })
  } finally {
    sql(`DROP DATABASE ${name} WITH (FORCE)`)
  }
})

async function survives(t, options) {
  const platform = await Platform.start({ ...options, grant: ['qyapi_manage_addresslist'] })
  try {
    const token = await v1Token(platform)
    const acknowledged = []
    let next = 0
    let killed

    const create = i => v1(platform, '/topapi/v2/user/create', token, {
      userid: `crash.${i}`, name: `断电${i}`, mobile: `1380${String(i).padStart(7, '0')}`, dept_id_list: '1',
    })
    const writer = async () => {
      while (next < writes && !killed) {
        const i = next++
        let res
        try {
          res = await create(i)
          for (let tries = 0; throttled(res) && tries < 100; tries++) {
            await sleep(50)
            res = await create(i)
          }
        } catch (err) {
          assert.ok(killed, `user ${i}: ${err.message}`) // the connection died with the server
          return
        }
        assert.equal(res.json?.errcode, 0, res.text)
        acknowledged.push(i)
        if (acknowledged.length === writes / 2) killed = platform.kill()
      }
    }
    await Promise.all(Array.from({ length: concurrency }, writer))
    await killed
    assert.ok(acknowledged.length >= writes / 2 && acknowledged.length < writes, `${acknowledged.length} acknowledged`)

    await platform.up()
    t.diagnostic(`${acknowledged.length} of ${next} writes acknowledged; ready again after ${platform.readyAfter.toFixed()} ms`)
    const again = await v1Token(platform)
    const lost = []
    const left = [...acknowledged]
    await Promise.all(Array.from({ length: concurrency }, async () => {
      for (let i; (i = left.pop()) !== undefined;) {
        const read = () => v1(platform, '/topapi/v2/user/get', again, { userid: `crash.${i}` })
        let res = await read()
        for (let tries = 0; throttled(res) && tries < 100; tries++) {
          await sleep(50)
          res = await read()
        }
        if (res.json?.errcode !== 0 || res.json.result.name !== `断电${i}`) lost.push(`crash.${i}: ${res.text}`)
      }
    }))
    assert.deepEqual(lost, [], `${lost.length} acknowledged writes are gone`)
  } finally {
    await platform.stop()
  }
}

const throttled = res => ['90002', '90018'].includes(String(res.json?.sub_code ?? res.json?.errcode))
