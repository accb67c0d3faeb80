// The console against the real platform: one company, one browser, told in order.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers, openBrowser, overflow, shot } from './browser.mjs'
import { startPlatform } from './platform.mjs'

let platform
let browser
let visit
let page
const made = {}

before(async () => {
  platform = await startPlatform()
  browser = await openBrowser()
  visit = await browser.visit()
  page = visit.page
})
after(async () => {
  await browser?.close()
  await platform?.stop()
})

/** Everybody can use it, it fits, and nothing broke on the way. */
async function sound() {
  assert.deepEqual(await barriers(page), [])
  assert.ok((await overflow(page)) <= 0, 'the page scrolls sideways')
  assert.deepEqual(visit.complaints, [])
}

const heading = (name) => page.getByRole('heading', { level: 1, name })

test('a stranger is led to the sign-in page, and a wrong password is told as such', async () => {
  await page.goto(`${platform.url}/console/calls`)
  await page.getByRole('heading', { name: '登录' }).waitFor()
  await sound()
  await page.getByLabel('账号').fill(platform.env.ADMIN_USER)
  await page.getByLabel('密码', { exact: true }).fill('not the password')
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('alert').waitFor()
  await sound()
})

test('with the right one he is where he wanted to go', async () => {
  await page.getByLabel('密码', { exact: true }).fill(platform.env.ADMIN_PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await heading('请求日志').waitFor()
  await page.getByRole('slider').waitFor()
  await sound()
})

test('he makes an application, and is shown its secret once', async () => {
  await page.getByRole('link', { name: '应用', exact: true }).click()
  await page.getByRole('table', { name: '应用' }).getByRole('link').first().waitFor()
  await shot(page, 'real-apps')
  await sound()
  await page.keyboard.press('n')
  await page.getByLabel('应用名称').fill('库存服务')
  await page.getByRole('checkbox', { name: /qyapi_base$/ }).check()
  await page.getByRole('checkbox', { name: /qyapi_get_department_list$/ }).check()
  await shot(page, 'real-create')
  await sound()
  await page.getByRole('dialog').getByRole('button', { name: '创建应用' }).click()
  const once = page.getByRole('dialog', { name: '请立即保存 AppSecret' })
  await once.getByRole('button', { name: '复制 环境变量' }).click()
  const env = await page.evaluate(() => navigator.clipboard.readText())
  Object.assign(made, Object.fromEntries(env.split('\n').map((line) => line.split('='))))
  assert.equal(made.CORP_ID, platform.env.CORP_ID)
  await sound()
  await once.getByRole('checkbox').check()
  await once.getByRole('button', { name: '完成' }).click()
  await heading('库存服务').waitFor()
  assert.equal(await page.getByText(made.APP_SECRET).count(), 0)
})

test('an address without a tab opens the first one, and marks it', async () => {
  await page.goto(`${platform.url}/console/apps/${made.AGENT_ID}`)
  await heading('库存服务').waitFor()
  assert.deepEqual(await page.locator('nav[aria-label="库存服务"] a[aria-current=page]').allTextContents(), ['概览'])
})

test('the credentials work', async () => {
  made.token = await platform.token(made.APP_KEY, made.APP_SECRET)
  assert.ok(made.token)
})

test('a new application calls in the second dialect alone, until he says otherwise', async () => {
  const ask = () => platform.v1('/topapi/v2/user/get', made.token, { userid: platform.env.USER_ID })
  assert.equal((await ask()).rule, 'app.dialect')
  const status = await page.evaluate(async (agentId) => {
    const answer = await fetch('/console/api/app.update', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ agentId, dialects: ['v1', 'v2'] }),
    })
    return answer.status
  }, Number(made.AGENT_ID))
  assert.equal(status, 200)
  assert.equal((await ask()).rule, 'scope.missing')
})

test('a refused call is in the log, is explained, and repaired', async () => {
  const ask = () => platform.v1('/topapi/v2/user/get', made.token, { userid: platform.env.USER_ID })
  const refused = await ask()
  assert.notEqual(refused.errcode, 0)

  await page.getByRole('link', { name: '请求日志' }).click()
  await heading('请求日志').waitFor()
  await page.getByText('拒绝', { exact: true }).first().click()
  await page.waitForURL(/outcome=refused/)
  await page
    .getByRole('link', { name: /\/topapi\/v2\/user\/get/ })
    .first()
    .click()
  await page.getByRole('heading', { name: '在「检查权限」这一步被拒绝' }).waitFor()
  await shot(page, 'real-refused')
  await sound()
  await page.getByRole('button', { name: '应用修复' }).click()
  await page.getByRole('dialog', { name: '应用这个修复？' }).getByRole('button', { name: '应用修复' }).click()
  await page.getByText('已修复。重新发起同样的调用即可。').waitFor()
  await sound()

  // A grant is known to every node within a second.
  let answer
  for (let tries = 0; tries < 20; tries++) {
    answer = await ask()
    if (answer.errcode === 0) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.equal(answer.errcode, 0)

  await page.goto(`${platform.url}/console/calls/${refused.request_id}`)
  await page.getByRole('heading', { name: '在「检查权限」这一步被拒绝' }).waitFor()
})

test('the address in a refusal opens the grant it asks for', async () => {
  await page.goto(`${platform.url}/console/apps/${made.AGENT_ID}/scopes?request=qyapi_get_department_member`)
  const drawer = page.getByRole('dialog', { name: '授予权限点' })
  await drawer.getByRole('checkbox', { name: /qyapi_get_department_member$/, checked: true }).waitFor()
  await drawer.getByLabel('理由').fill('列出部门成员')
  await drawer.getByRole('button', { name: '授予', exact: true }).click()
  await page.getByRole('row', { name: /qyapi_get_department_member/ }).waitFor()
  await page.waitForURL((url) => url.search === '?tab=scopes')
})

test('he grants a scope with a reason, and takes one back', async () => {
  await page.goto(`${platform.url}/console/apps/${made.AGENT_ID}?tab=scopes`)
  await page.getByText('qyapi_get_department_list').waitFor()
  await page.getByRole('button', { name: '授予权限点' }).click()
  const drawer = page.getByRole('dialog', { name: '授予权限点' })
  await drawer.getByRole('searchbox').fill('getbymobile')
  await drawer.getByRole('checkbox', { name: /qyapi_get_member_by_mobile$/ }).check()
  await drawer.getByRole('button', { name: '授予', exact: true }).click()
  await drawer.getByText('请填写理由').waitFor()
  await sound()
  await drawer.getByLabel('理由').fill('按手机号找收货人')
  await drawer.getByRole('button', { name: '授予', exact: true }).click()
  await page.getByText('按手机号找收货人').waitFor()
  await shot(page, 'real-scopes')
  await sound()

  const row = page.getByRole('row', { name: /qyapi_get_department_list/ })
  await row.getByRole('button', { name: '收回' }).click()
  await page.getByText('以下内容会立即停止工作').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: '收回' }).click()
  await row.waitFor({ state: 'detached' })
})

test('he rotates the secret, and both work for a while', async () => {
  await page.getByRole('link', { name: '凭证' }).click()
  await page.getByRole('button', { name: '轮换' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '轮换' }).click()
  const once = page.getByRole('dialog', { name: '请立即保存 AppSecret' })
  await once.getByRole('button', { name: '复制 AppSecret' }).click()
  const fresh = await page.evaluate(() => navigator.clipboard.readText())
  await once.getByRole('checkbox').check()
  await once.getByRole('button', { name: '完成' }).click()
  await page.getByText(fresh.slice(-4)).waitFor()
  await sound()
  assert.ok(await platform.token(made.APP_KEY, made.APP_SECRET))
  assert.ok(await platform.token(made.APP_KEY, fresh))
})

test('he narrows the visible range to a person and a department', async () => {
  await page.getByRole('link', { name: '可见范围' }).click()
  await page.getByRole('radio', { name: /指定部门和人员/ }).check()
  await page.getByText('应用将读不到任何人').waitFor()
  await page.getByLabel('部门', { exact: true }).click()
  await page.locator('.ant-select-tree-treenode:visible').nth(1).locator('.ant-select-tree-checkbox').click()
  await page.keyboard.press('Escape')
  await page.getByLabel('人员', { exact: true }).fill(platform.env.USER_ID)
  await page.getByText(`${platform.env.USER_ID} ·`).first().click()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: '保存范围' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '缩小范围' }).click()
  await page.getByText('可见范围已更新').waitFor()
  await page.reload()
  await page.getByRole('radio', { name: /指定部门和人员/, checked: true }).waitFor()
  await shot(page, 'real-range')
  await sound()
})

test('he lets in one address and sees what that shuts out', async () => {
  await page.getByRole('link', { name: '安全', exact: true }).click()
  await page.getByLabel('IP 或通配').fill('10.0.0.256')
  await page.getByRole('button', { name: '添加 IP' }).click()
  await page.getByText('不是有效的 IP 地址').waitFor()
  await page.getByLabel('IP 或通配').fill('10.0.8.*')
  await page.getByRole('button', { name: '添加 IP' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '添加 IP' }).click()
  await page.getByText('10.0.8.*', { exact: true }).waitFor()
  await sound()
  await page.getByRole('button', { name: '移除 10.0.8.*' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '移除' }).click()
  await page.getByText('未设置：任何来源都可以调用').waitFor()
  await page.getByLabel('完整地址').fill('https://erp.example.com/cb')
  await page.getByRole('button', { name: '添加地址' }).click()
  await page.getByText('https://erp.example.com/cb').waitFor()
})

test('he issues a code for a person, and it is redeemed', async () => {
  await page.getByRole('link', { name: '测试登录' }).click()
  await page.getByLabel('员工').fill(platform.env.USER_ID)
  await page.getByText(`${platform.env.USER_ID} ·`).first().click()
  await page.getByLabel('同意的权限点').click()
  await page.getByTitle('调用企业API基础权限').click()
  await page.keyboard.press('Escape')
  await page.getByText('--consent qyapi_base').waitFor()
  await page.getByRole('button', { name: '签发授权码' }).click()
  await page.getByText(/剩余 4:5\d/).waitFor()
  await shot(page, 'real-code')
  await sound()
  await page.getByRole('button', { name: '复制 授权码' }).click()
  const code = await page.evaluate(() => navigator.clipboard.readText())
  const answer = await platform.v1('/topapi/v2/user/getuserinfo', made.token, { code })
  assert.equal(answer.result?.userid, platform.env.USER_ID, JSON.stringify(answer))
})

test('the clock moves, and is seen to have moved', async () => {
  await page.getByRole('button', { name: '企业时钟' }).click()
  await page.getByRole('button', { name: '+2h' }).click()
  await page.getByRole('button', { name: '时钟已移动 +2h' }).waitFor()
  await page.getByText('已过期').waitFor()
  await page.getByRole('button', { name: '恢复真实时间' }).click()
  await page.getByText('与真实时间一致').waitFor()
  await page.keyboard.press('Escape')
  await sound()
})

test('the language is changed, and stays so', async () => {
  await page.goto(`${platform.url}/console/apps`)
  await heading('应用').waitFor()
  await page.getByRole('button', { name: /EN/ }).click()
  await heading('Apps').waitFor()
  await page.reload()
  await heading('Apps').waitFor()
  await sound()
  await page.getByRole('link', { name: 'Request log' }).click()
  await heading('Request log').waitFor()
  await page.getByRole('table').getByRole('link').first().waitFor()
  await shot(page, 'real-calls-en')
  await sound()
})

test('a phone shows the same pages without scrolling sideways', async () => {
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of [
    'apps',
    'apps?create=yes',
    ...['overview', 'credentials', 'scopes', 'range', 'security', 'test'].map(
      (tab) => `apps/${made.AGENT_ID}?tab=${tab}`,
    ),
    'calls',
  ]) {
    await page.goto(`${platform.url}/console/${path}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    await shot(page, `real-narrow-${path.replaceAll(/\W/g, '-')}`)
    await sound()
  }
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('he deletes the application by its name, and its token dies', async () => {
  await page.goto(`${platform.url}/console/apps/${made.AGENT_ID}`)
  await page.getByRole('button', { name: 'Delete app' }).click()
  await page.getByRole('dialog').getByRole('textbox').fill('库存服务')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete app' }).click()
  await heading('Apps').waitFor()
  assert.equal(await page.getByRole('link', { name: '库存服务' }).count(), 0)
  const answer = await platform.v1('/topapi/v2/department/listsub', made.token, {})
  assert.notEqual(answer.errcode, 0)
})

test('he signs out, and the console is shut', async () => {
  await page.getByRole('button', { name: /^Account/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.goto(`${platform.url}/console/apps`)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await sound()
})
