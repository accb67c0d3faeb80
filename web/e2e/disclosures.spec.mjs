// Who saw what: an application and an administrator see a number, and the console tells so, and proves it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { barriers, openBrowser, overflow, shot } from './browser.mjs'
import { startPlatform } from './platform.mjs'

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
  const scopes = ['qyapi_get_member', 'qyapi_get_department_member', 'fieldMobile']
  Object.assign(app, await ask('app.create', { name: '派单', scopes, dataGrade: 'R2', dialects: ['v1', 'v2'] }))
  const token = await platform.token(app.appKey, app.appSecret)
  for (const userid of [platform.env.USER_ID, user]) {
    assert.equal((await platform.v1('/topapi/v2/user/get', token, { userid })).errcode, 0)
  }
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

const table = () => page.getByRole('table', { name: '查看记录' })

test('what an application saw is listed, and narrowed by field, in the address', async () => {
  await page.goto(`${platform.url}/console/disclosures?app=${app.agentId}`)
  await page.getByRole('heading', { level: 1, name: '查看记录' }).waitFor()
  await table().getByText('mobile', { exact: true }).first().waitFor()
  assert.equal(await table().getByRole('row').count(), 3, 'a heading and two records')
  await shot(page, 'real-disclosures')
  await sound()
  await page.getByRole('searchbox', { name: '字段，如 mobile' }).fill('remark')
  await page.waitForURL(/field=remark/)
  await page.getByRole('heading', { name: '没有匹配的记录' }).waitFor()
  await page.getByRole('button', { name: '清除筛选' }).first().click()
  await page.waitForURL((url) => url.search === '')
  await table().waitFor()
})

test('a record is opened at an address of its own, and leads to its people and its call', async () => {
  await page.goto(`${platform.url}/console/disclosures?app=${app.agentId}`)
  await table()
    .getByRole('button', { name: /^打开记录/ })
    .last()
    .click()
  await page.waitForURL(/record=\d+/)
  const record = page.getByRole('dialog')
  await record.getByRole('link', { name: platform.env.USER_ID }).waitFor()
  await shot(page, 'real-disclosure')
  await sound()
  await page.reload()
  await record.getByRole('link', { name: platform.env.USER_ID }).click()
  await page.waitForURL(new RegExp(`person=${platform.env.USER_ID}$`))
  await table()
    .getByRole('button', { name: /^打开记录/ })
    .first()
    .click()
  await record.locator('a[href*="/calls/"]').click()
  await page.getByRole('heading', { name: '查询用户详情' }).waitFor()
})

test('the chain is verified, sealed, verified with the seal, and found wrong with another one', async () => {
  await page.goto(`${platform.url}/console/disclosures`)
  await page.getByRole('button', { name: '校验整条链' }).click()
  await page.getByRole('heading', { name: '校验通过：链是完整的' }).waitFor()
  await page.getByRole('button', { name: '取得封印' }).click()
  const seal = await page.locator('pre', { hasText: '"sig"' }).textContent()
  await page.getByLabel('粘贴以前取得的封印（JSON）').fill('{"seq":1}')
  await page.getByText('需要含 seq、hash、at、sig 的 JSON').waitFor()
  await page.getByLabel('粘贴以前取得的封印（JSON）').fill(seal)
  await page.getByRole('button', { name: '用另外保存的封印校验' }).click()
  await page.getByRole('heading', { name: '校验通过：链是完整的' }).waitFor()
  await shot(page, 'real-chain')
  await sound()
  const forged = JSON.stringify({ ...JSON.parse(seal), seq: 9999 })
  await page.getByLabel('粘贴以前取得的封印（JSON）').fill(forged)
  await page.getByRole('button', { name: '用另外保存的封印校验' }).click()
  await page.getByRole('heading', { name: /起不成立/ }).waitFor()
  await page.getByText('signature of the seal').waitFor()
  await shot(page, 'real-chain-broken')
  await sound()
})

test('the records are exported as a file of lines, a seal at the end', async () => {
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: /^导\s*出$/ }).click()
  const file = await download
  assert.match(file.suggestedFilename(), /\.jsonl$/)
  const lines = readFileSync(await file.path(), 'utf8')
    .trim()
    .split('\n')
    .map(JSON.parse)
  assert.ok(lines.length >= 4, `${lines.length} lines`)
  assert.ok('seal' in lines.at(-1), JSON.stringify(lines.at(-1)))
})
