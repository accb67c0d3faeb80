// An administrator puts a system behind the platform in the console.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { barriers, openBrowser, overflow, shot } from './browser.mjs'
import { startPlatform } from './platform.mjs'

const file = new URL('../../internal/platform/testdata/apis/petstore.json', import.meta.url)

let platform
let browser
let visit
let page
let upstream

before(async () => {
  platform = await startPlatform()
  upstream = createServer((_, res) => res.writeHead(200, { 'Content-Type': 'application/json' }).end('[]'))
  await once(upstream.listen(0, '127.0.0.1'), 'listening')
  browser = await openBrowser()
  visit = await browser.visit()
  page = visit.page
  await page.goto(`${platform.url}/console/apis`)
  await page.getByLabel('账号').fill(platform.env.ADMIN_USER)
  await page.getByLabel('密码', { exact: true }).fill(platform.env.ADMIN_PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
})
after(async () => {
  await browser?.close()
  await platform?.stop()
  upstream?.closeAllConnections()
  upstream?.close()
})

async function sound() {
  assert.deepEqual(await barriers(page), [])
  assert.ok((await overflow(page)) <= 0, 'the page scrolls sideways')
  assert.deepEqual(visit.complaints, [])
}

const dialog = () => page.getByRole('dialog')
const heading = (name) => page.getByRole('heading', { level: 1, name })

test('a document is checked, with what is wrong at its line', async () => {
  await heading('发布 API').waitFor()
  await page.getByRole('heading', { name: '还没有发布的 API' }).waitFor()
  await sound()
  await page.keyboard.press('n')
  await dialog().getByLabel('分组名').fill('pets')
  await dialog().getByLabel('上游地址').fill(`http://127.0.0.1:${upstream.address().port}`)
  const document = readFileSync(file, 'utf8').replace('"x-gatepost-grade": "R2",', '')
  await dialog().getByLabel('OpenAPI 文档').fill(document)
  await dialog().getByRole('button', { name: '检查' }).click()
  await dialog().getByText('/paths/~1pets~1{petId}/get').first().waitFor()
  await dialog().getByText('错误', { exact: true }).waitFor()
  await shot(page, 'real-api-findings')
})

// feature: GW-030
test('it is imported, graded and published', async () => {
  await dialog().getByRole('button', { name: '导入 API' }).click()
  await heading(/Pets/).waitFor()
  const publish = page.getByRole('button', { name: /^发\s*布$/ })
  assert.ok(await publish.isDisabled(), 'without a grade it cannot be published')
  await page.getByRole('button', { name: '修改 GET /pets/{petId}' }).click()
  await dialog().getByText('R2', { exact: true }).click()
  await dialog()
    .getByRole('button', { name: /^修\s*改$/ })
    .click()
  await dialog().waitFor({ state: 'detached' })
  await page.getByText('0 处错误').waitFor()
  await shot(page, 'real-api')
  await sound()
  await publish.click()
  await dialog()
    .getByRole('button', { name: /^发\s*布$/ })
    .click()
  await heading(/第 1 次发布/).waitFor()
  await sound()
})

test('it is withdrawn by name', async () => {
  await page.getByRole('button', { name: /^下\s*线$/ }).click()
  const act = dialog().getByRole('button', { name: /^下\s*线$/ })
  assert.ok(await act.isDisabled())
  await dialog()
    .getByLabel(/输入分组名/)
    .fill('pets')
  await act.click()
  await heading(/未发布/).waitFor()
  await page.getByRole('link', { name: '全部 API' }).click()
  await page.getByRole('table', { name: '发布 API' }).getByRole('link', { name: 'Pets' }).waitFor()
  await shot(page, 'real-apis')
  await sound()
})
