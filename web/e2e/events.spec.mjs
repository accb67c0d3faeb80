// Events: what happened in the company, who was told, and telling it again.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { barriers, openBrowser, overflow, shot } from './browser.mjs'
import { startPlatform } from './platform.mjs'

let platform
let browser
let visit
let page
let session
let token
let receiver
const app = {}

before(async () => {
  platform = await startPlatform()
  browser = await openBrowser()
  visit = await browser.visit()
  page = visit.page
  const { ADMIN_USER: user, ADMIN_PASSWORD: password } = platform.env
  session = (await ask('session.open', { user, password })).token
  await page.context().addCookies([{ name: 'gatepost_session', value: session, url: platform.url }])
  const scopes = ['qyapi_base', 'qyapi_get_member', 'qyapi_manage_addresslist']
  Object.assign(app, await ask('app.create', { name: '花名册', scopes, dataGrade: 'R2', dialects: ['v1', 'v2'] }))
  token = await platform.token(app.appKey, app.appSecret)
})
after(async () => {
  receiver?.closeAllConnections()
  receiver?.close()
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

/** What the application has still to be told of, and that it has been. */
async function v2(path, body) {
  const answer = await fetch(`${platform.url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'x-acs-dingtalk-access-token': token },
    body: JSON.stringify(body),
  })
  return answer.json()
}

async function hire(userid, name) {
  const made = await platform.v1('/topapi/v2/user/create', token, {
    userid,
    name,
    mobile: `139${String(10_000_000 + ([...userid].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7) % 89_999_999))}`,
    dept_id_list: '1',
  })
  assert.equal(made.errcode, 0, JSON.stringify(made))
}

async function sound() {
  assert.deepEqual(await barriers(page), [])
  assert.ok((await overflow(page)) <= 0, 'the page scrolls sideways')
  assert.deepEqual(visit.complaints, [])
}

const rows = (name) => page.getByRole('table', { name })

// feature: EVT-001
test('a subscription to fetch from is made, and shown at an address of its own', async () => {
  await page.goto(`${platform.url}/console/events?tab=subscriptions&app=${app.agentId}`)
  await page.getByRole('heading', { name: '这个应用没有订阅' }).waitFor()
  await page.getByRole('button', { name: '添加拉取订阅' }).first().click()
  const dialog = page.getByRole('dialog', { name: '添加拉取订阅' })
  await dialog.getByText('花名册').waitFor()
  await dialog.getByRole('button', { name: '添加拉取订阅' }).click()
  await page.waitForURL(/subscription=\d+/)
  const open = page.getByRole('dialog', { name: '订阅' })
  await open.getByRole('heading', { name: '花名册 pull' }).waitFor()
  await open.getByText('投递中').first().waitFor()
  await shot(page, 'real-event-subscription')
  await sound()
  await open.getByRole('button', { name: '关闭', exact: true }).first().click()
})

test('a change of the directory appears in the log by itself, and is delivered when it is confirmed', async () => {
  await page.goto(`${platform.url}/console/events?live=yes&app=${app.agentId}`)
  await hire('xiaoyun', '小云')
  await rows('事件日志').getByText('user_add_org').first().waitFor()
  await rows('事件日志').getByText('等待').first().waitFor()
  const { events } = await v2('/v1.0/gatepost/events/fetch', { size: 10 })
  assert.ok(events.length > 0, 'nothing to fetch')
  await v2('/v1.0/gatepost/events/confirm', { eventIds: events.map((one) => one.eventId) })
  await rows('事件日志').getByText('已送达').first().waitFor()
  await shot(page, 'real-events')
  await sound()
})

test('one event is opened: its content, and each try', async () => {
  await page.getByRole('button', { name: '打开事件：user_add_org person:xiaoyun' }).first().click()
  await page.waitForURL(/event=\d+/)
  const open = page.getByRole('dialog', { name: '事件详情' })
  await open.locator('pre', { hasText: 'xiaoyun' }).waitFor()
  await open.getByRole('list', { name: '1 次尝试' }).getByText('成功').waitFor()
  await shot(page, 'real-event')
  await sound()
})

test('it is delivered again on demand, and marked so', async () => {
  const open = page.getByRole('dialog', { name: '事件详情' })
  await open.getByRole('button', { name: '立即投递' }).click()
  await page
    .getByRole('dialog', { name: /^现在把这个事件投递给/ })
    .getByRole('button', { name: '立即投递' })
    .click()
  await open.getByText('等待').first().waitFor()
  const { events } = await v2('/v1.0/gatepost/events/fetch', { size: 10 })
  assert.deepEqual(
    events.map(({ eventType, replayed }) => [eventType, replayed]),
    [['user_add_org', true]],
  )
  await v2('/v1.0/gatepost/events/confirm', { eventIds: events.map((one) => one.eventId) })
  await open.getByRole('list', { name: '2 次尝试' }).waitFor()
  await open.getByRole('button', { name: '关闭', exact: true }).first().click()
})

// feature: EVT-005
test('a part of the log is counted, confirmed, and told to a test group alone', async () => {
  const group = await ask('event.subscription.create', { agentId: app.agentId, names: ['*'], group: '验收' })
  assert.ok(group.subscriptionId, JSON.stringify(group))
  await page.goto(`${platform.url}/console/events?tab=replays`)
  await page.getByRole('heading', { name: '还没有回放过' }).waitFor()
  await page.getByRole('button', { name: '回放事件' }).first().click()
  const form = page.getByRole('dialog', { name: '回放事件' })
  await form.getByLabel('应用的全部订阅').fill('花名册')
  await page.getByTitle('花名册').last().click()
  await form.getByLabel('测试组').fill('验收')
  await form.getByRole('button', { name: '先数一数' }).click()
  await form.getByText(/会投递 \d+ 次，给 1 个订阅/).waitFor()
  await shot(page, 'real-event-replay')
  await sound()
  await form.getByRole('button', { name: /^回\s*放$/ }).click()
  await page
    .getByRole('dialog', { name: /^回放 \d+ 次投递/ })
    .getByRole('button', { name: /^回\s*放$/ })
    .click()
  await rows('回放').getByText('完成').waitFor()
  await shot(page, 'real-event-replays')
  await sound()
  const told = await v2('/v1.0/gatepost/events/fetch', { subscriptionId: group.subscriptionId, size: 100 })
  assert.ok(told.events.length > 0 && told.events.every((one) => one.replayed), JSON.stringify(told))
  assert.deepEqual((await v2('/v1.0/gatepost/events/fetch', { size: 10 })).events ?? [], [], 'production was touched')
})

test('a subscription is paused, undone, changed, and removed by its name', async () => {
  await page.goto(`${platform.url}/console/events?tab=subscriptions&app=${app.agentId}`)
  await page.getByRole('button', { name: '打开订阅：花名册 pull', exact: true }).click()
  const open = page.getByRole('dialog', { name: '订阅' })
  await open.getByRole('button', { name: /^暂\s*停$/ }).click()
  await open.getByText('已暂停').first().waitFor()
  await page.getByRole('button', { name: /^撤\s*销$/ }).click()
  await open.getByText('投递中').first().waitFor()
  await open.getByRole('button', { name: /^修\s*改$/ }).click()
  await open.getByLabel('同时投递').fill('3')
  await open.getByRole('button', { name: '保存修改' }).click()
  await open.getByRole('term').filter({ hasText: '同时投递' }).waitFor()
  assert.equal((await ask('event.subscriptions', { agentId: app.agentId })).list.at(-1).most, 3)
  await open.getByRole('button', { name: /^删\s*除$/ }).click()
  const asked = page.getByRole('dialog', { name: '删除订阅「花名册 pull」？' })
  assert.ok(await asked.getByRole('button', { name: /^删\s*除$/ }).isDisabled())
  await asked.getByLabel('输入「花名册 pull」以确认').fill('花名册 pull')
  await asked.getByRole('button', { name: /^删\s*除$/ }).click()
  await page.waitForURL((url) => !url.search.includes('subscription='))
  assert.equal((await ask('event.subscriptions', { agentId: app.agentId })).list.length, 1)
})

// feature: EVT-002
test('a callback is added, checked and looked after', async () => {
  receiver = createServer((_, answer) => answer.writeHead(503).end('down for a while'))
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${receiver.address().port}/callback`
  await page.goto(`${platform.url}/console/events?tab=subscriptions&app=${app.agentId}`)
  await page.getByRole('button', { name: '添加 HTTP 回调' }).first().click()
  const form = page.getByRole('dialog', { name: '添加 HTTP 回调' })
  await form.getByLabel('接收地址').fill('no address')
  await form.getByRole('button', { name: '添加回调' }).click()
  await form.getByText('需要完整的网址').waitFor()
  await form.getByLabel('接收地址').fill('http://169.254.169.254/latest')
  await form.getByRole('button', { name: '添加回调' }).click()
  await form.getByRole('alert').filter({ hasText: '不能注册' }).waitFor()
  await shot(page, 'real-event-callback-refused')
  await form.getByLabel('接收地址').fill(url)
  await form.getByRole('button', { name: '添加回调' }).click()
  await page.waitForURL(/subscription=\d+/)
  const open = page.getByRole('dialog', { name: '订阅' })
  await open.getByRole('button', { name: /^验\s*证$/ }).click()
  await open.getByText('接收方没有正确应答').waitFor()
  await open.getByText('503').first().waitFor()
  await open.getByRole('button', { name: '查看密钥' }).click()
  await open.getByText('ownerKey').waitFor()
  assert.ok(await open.getByText(app.appKey).first().isVisible(), 'the owner key is the AppKey')
  await shot(page, 'real-event-callback')
  await sound()
  await open.getByRole('button', { name: '关闭', exact: true }).first().click()
  await hire('xiaohe', '小禾')
  await page.goto(`${platform.url}/console/events?app=${app.agentId}&state=failed&live=yes`)
  await page.getByRole('button', { name: '打开事件：user_add_org person:xiaohe' }).first().click()
  const event = page.getByRole('dialog', { name: '事件详情' })
  await event
    .getByRole('list', { name: /次尝试/ })
    .getByText('503', { exact: true })
    .first()
    .waitFor()
  await event.getByText('下次尝试').waitFor()
  await shot(page, 'real-event-failing')
  await sound()
})

test('in English, on a phone, the same can be read', async () => {
  const phone = await browser.visit({ width: 390, height: 844, locale: 'en' })
  await phone.page.context().addCookies([{ name: 'gatepost_session', value: session, url: platform.url }])
  for (const [path, heading] of [
    ['events', 'Events'],
    ['events?tab=subscriptions', 'Subscriptions'],
    ['events?tab=replays', 'Replays'],
  ]) {
    await phone.page.goto(`${platform.url}/console/${path}`)
    await phone.page.getByRole('heading', { name: heading }).first().waitFor()
    await phone.page
      .getByRole('list', { name: /log|Subscriptions|Replays/ })
      .first()
      .waitFor()
    await shot(phone.page, `real-${path.replace(/\W+/g, '-')}-phone-en`)
    assert.deepEqual(await barriers(phone.page), [])
    assert.ok((await overflow(phone.page)) <= 0, `${path} scrolls sideways`)
  }
  assert.deepEqual(phone.complaints, [])
  await phone.close()
})
