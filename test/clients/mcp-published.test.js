// Another system's API as tools: what writes asks the person, through the protocol's own TypeScript client.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { Platform } from './lib/platform.js'
import { v2 } from './lib/wire.js'

const document = {
  openapi: '3.1.0', info: { title: '人事', version: '1' },
  paths: {
    '/people/{id}': { get: { summary: '查询员工', 'x-gatepost-grade': 'R1',
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      responses: { 200: { description: 'a person', content: { 'application/json': { schema: { type: 'object', properties: {
        id: { type: 'string' }, mobile: { type: 'string' } } } } } } } } },
    '/leave': { post: { summary: '请假', 'x-gatepost-grade': 'W1',
      requestBody: { required: true, content: { 'application/json': { schema: { type: 'object', required: ['days'], properties: { days: { type: 'integer' } } } } } },
      responses: { 201: { description: 'asked', content: { 'application/json': { schema: { type: 'object', properties: { id: { type: 'integer' } } } } } } } } },
  },
}

let platform, upstream, app
const asked = [] // what the other system was asked to do
before(async () => {
  upstream = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    res.setHeader('Content-Type', 'application/json')
    if (req.method === 'POST') {
      asked.push(body)
      res.statusCode = 201
      return res.end('{"id":7}')
    }
    res.end('{"id":"E1","mobile":"13812345678"}')
  }).listen(0, '127.0.0.1')
  await new Promise(done => upstream.once('listening', done))
  platform = await Platform.start({ env: { GATEPOST_UPSTREAM_ALLOW: '127.0.0.0/8' } })
  const file = join(platform.dir, 'hr.json')
  writeFileSync(file, JSON.stringify(document))
  await platform.plainCommand('api', 'import', file, '--group', 'hr', '--upstream', `http://127.0.0.1:${upstream.address().port}`)
  await platform.plainCommand('api', 'set', 'hr', 'GET /people/{id}', '--mask', '$.mobile=phone')
  await platform.plainCommand('api', 'publish', 'hr')
  app = await platform.command('app', 'create', 'Published', '--scopes', 'Published.hr.R1,Published.hr.W1')
  await platform.command('agent', 'allow', '--app', 'Published', '--reads', '--op', 'POST /apis/hr/v1/leave')
})
after(async () => {
  await platform?.stop()
  upstream?.close()
})

async function connect(capabilities = {}) {
  const { code } = await platform.command('app', 'code', '--app', 'Published', '--user', platform.env.ADMIN_USER)
  const { json } = await v2(platform, 'POST', '/v1.0/oauth2/userAccessToken', undefined,
    { clientId: app.appKey, clientSecret: app.appSecret, grantType: 'authorization_code', code })
  const client = new Client({ name: 'TypeScript assistant', version: '2.1' }, { capabilities })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${platform.url}/mcp`),
    { requestInit: { headers: { Authorization: `Bearer ${json.accessToken}` } } }))
  return client
}

const leave = days => ({ name: 'post_apis_hr_v1_leave', arguments: { days } })
const textOf = result => result.content[0].text

test('published operations are tools, and their masks hold', async () => {
  const client = await connect()
  const { tools } = await client.listTools()
  assert.ok(tools.some(t => t.name === 'get_apis_hr_v1_people_id' && t.annotations.readOnlyHint), JSON.stringify(tools))
  assert.ok(tools.some(t => t.name === 'post_apis_hr_v1_leave' && !t.annotations.readOnlyHint), JSON.stringify(tools))
  const person = await client.callTool({ name: 'get_apis_hr_v1_people_id', arguments: { id: 'E1' } })
  assert.equal(textOf(person), '{"id":"E1","mobile":"138****5678"}')
  await client.close()
})

for (const [action, done] of [['accept', true], ['decline', false], ['cancel', false]]) {
  test(`a question that is answered with ${action}`, async () => {
    const client = await connect({ elicitation: {} })
    let question
    client.setRequestHandler(ElicitRequestSchema, async request => {
      question = request.params.message
      return action === 'accept' ? { action, content: {} } : { action }
    })
    asked.length = 0
    const result = await client.callTool(leave(2))
    assert.match(question, /请假/)
    assert.match(question, /"days":2/)
    assert.equal(!result.isError, done, textOf(result))
    assert.deepEqual(asked, done ? ['{"days":2}'] : [])
    await client.close()
  })
}

test('a client that cannot ask: the person approves in the console', async () => {
  const client = await connect()
  asked.length = 0
  const refused = await client.callTool(leave(3))
  assert.equal(refused.isError, true)
  const [, id] = /gatepost agent approve (\w+)/.exec(textOf(refused))
  assert.equal((await client.callTool(leave(3))).isError, true)
  await platform.plainCommand('agent', 'approve', id)
  assert.equal((await client.callTool(leave(4))).isError, true, 'other arguments')
  const result = await client.callTool(leave(3))
  assert.ok(!result.isError, textOf(result))
  assert.deepEqual(asked, ['{"days":3}'])
  const { list } = await platform.console('call.list', { path: '/apis/hr/v1/leave', outcome: 'ok', size: 1 })
  const call = await platform.console('call.get', { requestId: list[0].id })
  assert.equal(call.delegate, 'TypeScript assistant 2.1')
  assert.equal(call.confirmed, `console ${id}`)
  await client.close()
})
