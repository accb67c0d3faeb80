// Systems that know nothing of the platform are put behind it, from their OpenAPI documents, and called by the official
// client as any operation of the platform's own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { Platform } from './lib/platform.js'

const require = createRequire(import.meta.url)
const oauth2 = require('@alicloud/dingtalk/oauth2_1_0')
const { Config, OpenApiRequest, Params } = require('@alicloud/openapi-client')
const { RuntimeOptions } = require('@alicloud/tea-util')

const document = name => resolve(import.meta.dirname, '../../internal/platform/testdata/apis', name)
const employee = { employeeId: 'E0001', name: '李娜', mobile: '13812345678', idCard: '110101199003074514', email: 'lina@example.com' }
const answers = {
  'GET /employees': { list: [employee] },
  'GET /org-units': { id: 1, name: '总部', children: [] },
  'GET /pets': [{ id: 1, name: 'Mimi' }],
  'POST /pets': { id: 2, name: 'Rex' },
  'GET /pets/1': { id: 1, name: 'Mimi', owner: { name: '李娜', phone: '13812345678', address: '西湖' } },
}

let platform, client, token, upstream, seen
before(async () => {
  platform = await Platform.start()
  upstream = createServer((req, res) => {
    seen = req
    req.resume().on('end', () => {
      const body = answers[`${req.method} ${req.url.split('?')[0]}`]
      res.writeHead(body ? 200 : 404, { 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? { error: 'none' }))
    })
  })
  await once(upstream.listen(0, '127.0.0.1'), 'listening')
  const address = `http://127.0.0.1:${upstream.address().port}`
  for (const [group, file] of [['hr', 'hr.yaml'], ['pets', 'petstore.json']]) {
    const drafted = await platform.command('api', 'import', document(file), '--group', group, '--upstream', address)
    assert.equal(drafted.errors, 0, JSON.stringify(drafted.findings))
    await platform.command('api', 'publish', group)
  }
  client = new oauth2.default(new Config({ protocol: 'http', endpoint: platform.host }))
  const { APP_KEY: appKey, APP_SECRET: appSecret } = platform.env
  token = (await client.getAccessToken(new oauth2.GetAccessTokenRequest({ appKey, appSecret }))).body.accessToken
})
after(async () => {
  await platform?.stop()
  upstream?.closeAllConnections()
  upstream?.close()
})

// What every generated method of the official client does.
async function call(method, pathname, { query, body, bodyType = 'json' } = {}) {
  const params = new Params({ action: 'x', version: 'v1', protocol: 'HTTP', pathname, method, authType: 'AK', style: 'ROA', reqBodyType: 'json', bodyType })
  const request = new OpenApiRequest({ headers: { 'x-acs-dingtalk-access-token': token }, query, body })
  return (await client.execute(params, request, new RuntimeOptions({}))).body
}

const refusal = async (...args) => call(...args).then(ok => assert.fail(`not refused: ${JSON.stringify(ok)}`), err => err)

// feature: GW-030
test('an HR system and a pet shop behind the gateway', async () => {
  const unscoped = await refusal('GET', '/apis/hr/v1/employees')
  assert.equal(unscoped.code, 'Forbidden.AccessDenied.AccessTokenPermissionDenied')
  assert.match(unscoped.message, /requiredScopes=\[Published\.hr\.R2\]/)
  await platform.command('app', 'grant', 'Published.hr.R1', 'Published.hr.R2', 'Published.pets.R1', 'Published.pets.R2', 'Published.pets.W1', '--reason', 'test')

  const { list: [masked] } = await call('GET', '/apis/hr/v1/employees', { query: { size: '5' } })
  assert.deepEqual(masked, { ...employee, mobile: '138****5678', idCard: `1${'*'.repeat(16)}4` })
  assert.deepEqual(await call('GET', '/apis/pets/v1/pets/1'), { id: 1, name: 'Mimi', owner: { name: '李娜', phone: '138****5678' } })
  assert.deepEqual(await call('POST', '/apis/pets/v1/pets', { body: { name: 'Rex', tag: null, kind: 'dog' } }), answers['POST /pets'])

  const invalid = await refusal('GET', '/apis/pets/v1/pets', { query: { limit: '101' } })
  assert.equal(invalid.code, 'InvalidParameter')
  assert.match(invalid.message, /limit/)
  assert.match((await refusal('POST', '/apis/pets/v1/pets', { body: { name: 'Rex', kind: 'cow' } })).message, /kind/)
})

// feature: GW-023
test('the upstream knows the caller, and nothing it could be him with', async () => {
  await call('GET', '/apis/hr/v1/org-units')
  assert.equal(seen.headers['x-gatepost-app'], platform.env.APP_KEY)
  assert.equal(seen.headers['x-gatepost-corp'], platform.env.CORP_ID)
  assert.ok(!seen.rawHeaders.some(text => text.includes(token)), 'the token stays here')
})

test('its calls are limited', async () => {
  await platform.console('limit.set', { operation: 'GET /apis/pets/v1/pets', window: 'day', max: 2 })
  for (let n = 0; n < 2; n++) assert.deepEqual(await call('GET', '/apis/pets/v1/pets', { bodyType: 'array' }), answers['GET /pets'])
  const limited = await refusal('GET', '/apis/pets/v1/pets')
  assert.equal(limited.statusCode, 403)
  assert.match(limited.code, /Limit/)
})

test('it appears in the reference only where everybody may see it', async () => {
  const openapi = async () => (await (await fetch(`${platform.url}/docs/openapi.json`)).json()).paths
  assert.ok(!Object.keys(await openapi()).some(path => path.startsWith('/apis/')), 'a company\'s own API is not told to whoever asks')
  await platform.command('api', 'import', document('petstore.json'), '--group', 'shared', '--platform', '--upstream', `http://127.0.0.1:${upstream.address().port}`)
  await platform.command('api', 'publish', 'shared')
  assert.ok((await openapi())['/apis/shared/v1/pets/{petId}'])
})
