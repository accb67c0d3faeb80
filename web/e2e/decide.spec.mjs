// What an administrator decides of one application, of keys and of defaults, and what follows from it.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers, openBrowser, overflow, shot } from './browser.mjs'
import { startPlatform } from './platform.mjs'

const userGet = '/topapi/v2/user/get'

let platform
let browser
let visit
let page
let session
const app = {}

before(async () => {
  platform = await startPlatform()
  browser = await openBrowser()
  visit = await browser.visit()
  page = visit.page
  const { ADMIN_USER: user, ADMIN_PASSWORD: password } = platform.env
  session = (await ask('session.open', { user, password })).token
  await page.context().addCookies([{ name: 'gatepost_session', value: session, url: platform.url }])
  Object.assign(app, await ask('app.create', { name: '派单', scopes: ['qyapi_get_member'], dialects: ['v1', 'v2'] }))
  app.token = await platform.token(app.appKey, app.appSecret)
})
after(async () => {
  await browser?.close()
  await platform?.stop()
})

async function ask(name, request) {
  const answer = await fetch(`${platform.url}/console/api/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(session && { Authorization: `Bearer ${session}` }) },
    body: JSON.stringify(request),
  })
  return answer.json()
}

async function sound() {
  assert.deepEqual(await barriers(page), [])
  assert.ok((await overflow(page)) <= 0, 'the page scrolls sideways')
  assert.deepEqual(visit.complaints, [])
}

const dialog = () => page.getByRole('dialog')
const person = () => platform.v1(userGet, app.token, { userid: platform.env.USER_ID })

/** Asks again until the answer is as expected: what was decided is known to every node within a second. */
async function until(call, expected) {
  let answer
  for (let tries = 0; tries < 100; tries++) {
    answer = await call()
    if (expected(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail(`still ${JSON.stringify(answer)}`)
}

// feature: GW-020
test('an application is given ids of its own, after what it stored was asked about', async () => {
  assert.equal((await person()).result.userid, platform.env.USER_ID)
  await page.goto(`${platform.url}/console/apps/${app.agentId}?tab=security`)
  await page.getByRole('radio', { name: /^过渡/ }).check()
  await shot(page, 'real-ids', { fullPage: true })
  await sound()
  await page.getByRole('button', { name: '更改 ID' }).click()
  await dialog().getByText('应用按平台 ID 保存的人员').waitFor()
  await sound()
  await dialog().getByRole('button', { name: '更改 ID' }).click()
  await dialog().waitFor({ state: 'detached' })
  const { result } = await until(person, (answer) => answer.result.userid !== platform.env.USER_ID)
  assert.match(result.userid, /^gpu_/)
})

test('the request log tells which id of the application is whose', async () => {
  await until(
    () => ask('call.list', { agentId: app.agentId, path: userGet, size: 1 }),
    ({ list }) => list.length === 1,
  )
  await ask('app.update', { agentId: app.agentId, ids: 'open' })
  const refused = await until(person, (answer) => answer.errcode !== 0)
  const found = await until(
    () => ask('call.list', { requestId: refused.request_id }),
    ({ list }) => list?.length === 1,
  )
  await page.goto(`${platform.url}/console/calls/${found.list[0].id}`)
  await dialog().getByText(refused.request_id).waitFor()
  await ask('app.update', { agentId: app.agentId, ids: 'both' })
  const { result } = await until(person, (answer) => answer.errcode === 0)
  const own = await platform.v1(userGet, app.token, { userid: result.userid })
  await until(
    () => ask('call.list', { requestId: own.request_id }),
    ({ list }) => list?.length === 1,
  )
  await page.goto(`${platform.url}/console/calls/${own.request_id}`)
  await dialog().getByText(result.userid).waitFor()
  await shot(page, 'real-call-ids')
  await sound()
})

// feature: GW-004
test('the first dialect is closed to an application, which is refused from then on, and opened again', async () => {
  await page.goto(`${platform.url}/console/apps/${app.agentId}?tab=security`)
  const v1 = page.getByRole('switch', { name: 'v1 接口' })
  await v1.click()
  await dialog().getByText('「派单」对所有 v1 接口 的调用').waitFor()
  await sound()
  await dialog()
    .getByRole('button', { name: /^关\s*闭$/, exact: true })
    .last()
    .click()
  await dialog().waitFor({ state: 'detached' })
  await until(person, (answer) => answer.errcode !== 0)
  assert.ok(await page.getByRole('switch', { name: 'v2 接口' }).isDisabled(), 'the last dialect stays')
  await v1.click()
  await until(person, (answer) => answer.errcode === 0)
})

test('assistants may read through an application, then only what is named, and it is taken back', async () => {
  const policy = () => ask('delegation.policy.get', { agentId: app.agentId })
  await page.goto(`${platform.url}/console/apps/${app.agentId}?tab=assistants`)
  await page.getByRole('radio', { name: /^只读/ }).check()
  await page.getByRole('button', { name: '保存策略' }).click()
  await until(policy, (answer) => answer.reads)
  await page.getByText(/设置于/).waitFor()
  await page.getByRole('radio', { name: /^指定接口/ }).check()
  await page.getByRole('radio', { name: '只有这些' }).check()
  assert.ok(await page.getByRole('button', { name: '保存策略' }).isDisabled(), 'nothing is named yet')
  await page.getByRole('combobox', { name: '接口' }).fill('contact/users')
  await page.locator('.ant-select-item-option', { hasText: 'GET /v1.0/contact/users/{unionId}' }).first().click()
  await page.keyboard.press('Escape')
  await shot(page, 'real-assistants')
  await page.getByRole('button', { name: '保存策略' }).click()
  await until(policy, (answer) => !answer.reads && answer.operations.length === 1)
  await sound()
  await page.getByRole('button', { name: '撤销' }).last().click()
  await until(policy, (answer) => answer.reads && answer.operations.length === 0)
})

// feature: GW-021
test('the data key is rotated, and every row comes under the new one', async () => {
  await page.goto(`${platform.url}/console/settings`)
  await page.getByText('第 1 把').waitFor()
  await page.getByRole('button', { name: '轮换密钥' }).click()
  await dialog().getByText('旧密钥仍可读取').waitFor()
  await dialog().getByRole('button', { name: '轮换密钥' }).click()
  await dialog().waitFor({ state: 'detached' })
  await page.getByText('第 2 把').first().waitFor()
  await until(
    () => ask('key.status', {}),
    ({ key, done }) => key === 2 && done,
  )
  await page.getByText('所有行都在当前密钥下').waitFor()
  await shot(page, 'real-keys', { fullPage: true })
  await sound()
})

// feature: GW-010
test('the default of the platform tells its source, and its shadow hits lead to the calls', async () => {
  await page.goto(`${platform.url}/console/limits`)
  const source = await page.getByRole('link', { name: '出处' }).getAttribute('href')
  assert.match(source, /^https:\/\/open\.dingtalk\.com\//)
  await sound()
  await ask('limit.set', { platform: true, agentId: -1, operation: '*', window: 'second', max: 1, shadow: true })
  await until(
    async () => {
      await Promise.all([person(), person(), person()])
      return ask('call.list', { shadow: 'any', agentId: app.agentId })
    },
    ({ list }) => list.length > 0,
  )
  await page.goto(`${platform.url}/console/limits`)
  await page.getByText('每个应用各自').first().waitFor()
  await page.getByText('每个接口各自').first().waitFor()
  await shot(page, 'real-default')
  await sound()
  await page
    .getByRole('link', { name: /本会拒绝/ })
    .first()
    .click()
  await page.waitForURL(/\/calls\?.*shadow=default/)
  await page.getByText('影子规则本会拒绝').first().waitFor()
  await shot(page, 'real-shadow-calls')
  await sound()
})

test('a default for each app is made, and told as one', async () => {
  await page.goto(`${platform.url}/console/limits?rule=new`)
  await dialog().getByRole('switch', { name: '每个应用各自计数' }).click()
  await dialog().getByRole('radio', { name: '全部接口' }).check()
  await dialog().getByLabel('最多调用次数').fill('500')
  await sound()
  await dialog()
    .getByRole('button', { name: /^添\s*加$/ })
    .click()
  await dialog().waitFor({ state: 'detached' })
  const { list } = await ask('limit.list', {})
  assert.ok(list.some((rule) => rule.agentId === -1 && !rule.operation && rule.max === 500 && rule.default))
  await page.getByRole('button', { name: '打开规则：每个应用各自 · 全部接口' }).waitFor()
})

for (const [lang, width, colorScheme] of [
  ['en-US', 1440, 'dark'],
  ['en-US', 390, 'light'],
  ['zh-CN', 390, 'dark'],
]) {
  test(`the new pages in ${lang}, ${width} wide, ${colorScheme}`, async () => {
    await visit.close()
    visit = await browser.visit({ width, height: 844, locale: lang, colorScheme })
    page = visit.page
    await page.context().addCookies([{ name: 'gatepost_session', value: session, url: platform.url }])
    for (const path of [
      'disclosures',
      'confirmations',
      'settings',
      'limits',
      'calls',
      `apps/${app.agentId}?tab=security`,
      `apps/${app.agentId}?tab=assistants`,
    ]) {
      await page.goto(`${platform.url}/console/${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      await shot(page, `real-${path.replaceAll(/\W/g, '-')}-${lang}-${width}-${colorScheme}`, { fullPage: true })
      await sound()
    }
  })
}
