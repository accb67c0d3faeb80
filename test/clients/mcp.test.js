// The Model Context Protocol's own TypeScript client, as assistants embed it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Platform, sleep } from './lib/platform.js'
import { v2 } from './lib/wire.js'

const me = { name: 'get_v1_0_contact_users_unionId', arguments: { unionId: 'me' } }

let platform
before(async () => { platform = await Platform.start() })
after(() => platform?.stop())

/** An app of the test's own with a person signed in to it, and a client that acts for that person. */
async function assistant(name, ...flags) {
  const app = await platform.command('app', 'create', name, ...flags)
  const { code } = await platform.command('app', 'code', '--app', name, '--user', platform.env.USER_ID)
  const { json } = await v2(platform, 'POST', '/v1.0/oauth2/userAccessToken', undefined,
    { clientId: app.appKey, clientSecret: app.appSecret, grantType: 'authorization_code', code })
  const client = new Client({ name: 'TypeScript assistant', version: '2.1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${platform.url}/mcp`),
    { requestInit: { headers: { Authorization: `Bearer ${json.accessToken}` } } }))
  return { app, client }
}

const scopes = ['--scopes', 'Contact.User.Read,Contact.User.mobile']
const names = async client => (await client.listTools()).tools.map(t => t.name)
const textOf = result => result.content[0].text

test('nothing is offered until it is allowed; then what the person may call', async () => {
  const { client } = await assistant('Offered', ...scopes)
  assert.equal(client.getServerVersion().name, 'gatepost')
  assert.deepEqual(await names(client), [])
  const refused = await client.callTool(me)
  assert.equal(refused.isError, true)
  assert.match(textOf(refused), /gatepost agent allow/)

  await platform.command('agent', 'allow', '--app', 'Offered', '--reads')
  const [tool, ...more] = (await client.listTools()).tools
  assert.deepEqual(more, [])
  assert.equal(tool.name, me.name)
  assert.equal(tool.annotations.readOnlyHint, true)
  assert.deepEqual(tool.inputSchema.required, ['unionId'])
  await client.close()
})

test('a read tool answers, and masked fields are masked', async () => {
  const { app, client } = await assistant('Reads', ...scopes)
  await platform.command('agent', 'allow', '--app', 'Reads', '--reads')
  const open = await client.callTool(me)
  assert.ok(!open.isError, textOf(open))
  assert.match(open.structuredContent.mobile, /^\d+$/)

  await platform.console('app.update', { agentId: app.agentId, dataGrade: 'R1' })
  await sleep(100)
  const masked = await client.callTool(me)
  assert.match(masked.structuredContent.mobile, /\*/)
  assert.ok(!textOf(masked).includes(open.structuredContent.mobile))

  const { list } = await platform.console('call.list', { agentId: app.agentId, path: '/contact/users' })
  assert.equal(list[0].delegate, 'TypeScript assistant 2.1')
  assert.equal(list[0].userId, platform.env.USER_ID)
  await client.close()
})

test('a refusal is an answer that tells its repair', async () => {
  const { client } = await assistant('Scopeless', '--scopes=qyapi_base')
  await platform.command('agent', 'allow', '--app', 'Scopeless', '--reads')
  const refused = await client.callTool(me)
  assert.equal(refused.isError, true)
  assert.match(textOf(refused), /"requiredScopes":\["Contact\.User\.Read"\]/)
  assert.match(textOf(refused), /gatepost explain .* --fix/)
  await client.close()
})

test('limits hold', async () => {
  const { client } = await assistant('Limited', ...scopes)
  await platform.command('agent', 'allow', '--app', 'Limited', '--reads')
  await platform.command('limit', 'set', '--app', 'Limited', '--op', 'GET /v1.0/contact/users/{unionId}', '--window', 'day', '--max', '1')
  assert.ok(!(await client.callTool(me)).isError)
  const refused = await client.callTool(me)
  assert.equal(refused.isError, true)
  assert.match(textOf(refused), /limit/)
  await client.close()
})

test('without a person there is no way in', async () => {
  const client = new Client({ name: 'Nobody', version: '1' })
  await assert.rejects(client.connect(new StreamableHTTPClientTransport(new URL(`${platform.url}/mcp`))), err => err.code === 401)
  const metadata = await (await fetch(`${platform.url}/.well-known/oauth-protected-resource/mcp`)).json()
  assert.equal(metadata.resource, `${platform.url}/mcp`)
})
