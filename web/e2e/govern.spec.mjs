// What the gateway can do, decided in the console and seen by applications: one company, one browser, told in order.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers, openBrowser, overflow, shot } from './browser.mjs'
import { startPlatform } from './platform.mjs'

const userGet = '/topapi/v2/user/get'
const ticket = '/get_jsapi_ticket'

let platform
let browser
let visit
let page
let session
const demo = {}
const second = {}

before(async () => {
  platform = await startPlatform()
  browser = await openBrowser()
  visit = await browser.visit()
  page = visit.page
  const { ADMIN_USER: user, ADMIN_PASSWORD: password } = platform.env
  session = (await ask('session.open', { user, password })).token
  await page.context().addCookies([{ name: 'gatepost_session', value: session, url: platform.url }])
  Object.assign(
    demo,
    (await ask('app.list', {})).list.find((one) => one.appKey === platform.env.APP_KEY),
  )
  Object.assign(second, { name: '考勤看板' })
  const scopes = ['qyapi_base', 'qyapi_get_member', 'fieldMobile', 'fieldEmail']
  Object.assign(second, await ask('app.create', { name: second.name, scopes, dialects: ['v1', 'v2'] }))
  await ask('app.scope.grant', { agentId: demo.agentId, scopes: ['fieldMobile'], reason: '按手机号派单' })
  demo.token = await platform.token(platform.env.APP_KEY, platform.env.APP_SECRET)
  second.token = await platform.token(second.appKey, second.appSecret)
})
after(async () => {
  await browser?.close()
  await platform?.stop()
})

/** One operation of the console, asked beside the browser. */
async function ask(name, request) {
  const answer = await fetch(`${platform.url}/console/api/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(session && { Authorization: `Bearer ${session}` }) },
    body: JSON.stringify(request),
  })
  return answer.json()
}

/** Everybody can use it, it fits, and nothing broke on the way. */
async function sound() {
  assert.deepEqual(await barriers(page), [])
  assert.ok((await overflow(page)) <= 0, 'the page scrolls sideways')
  assert.deepEqual(visit.complaints, [])
}

const go = (path) => page.goto(`${platform.url}/console/${path}`)
const heading = (name) => page.getByRole('heading', { level: 1, name })
const dialog = (name) => page.getByRole('dialog', { name })
const row = (name) => page.getByRole('row', { name })
const person = () => platform.v1(userGet, second.token, { userid: platform.env.USER_ID })

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
const refused = (answer) => answer.errcode !== 0
const passes = (answer) => answer.errcode === 0

/** Chooses the option that has this text, in the list that is open. */
const choose = (text) => page.locator('.ant-select-dropdown:visible .ant-select-item-option', { hasText: text }).click()

test('the navigation leads to every area, by mouse and by keyboard', async () => {
  await go('apps')
  await heading('应用').waitFor()
  const names = [
    '应用',
    '发布 API',
    '接口',
    '流量控制',
    '数据安全',
    '请求日志',
    '事件',
    '查看记录',
    '智能体确认',
    '企业设置',
  ]
  for (const [at, name] of names.entries()) {
    await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name, exact: true }).click()
    await heading(name).waitFor()
    await page.evaluate(() => document.activeElement.blur())
    await page.keyboard.press(String((((at + 1) % names.length) + 1) % 10)) // the tenth has 0
    await heading(names[(at + 1) % names.length]).waitFor()
  }
})

// feature: GW-018
test('the catalogue is filtered by grade, by dialect and by what is offered, and the address keeps it', async () => {
  await go('operations')
  await page.getByRole('link', { name: '查询用户详情', exact: true }).waitFor()
  await shot(page, 'real-operations')
  await sound()
  await page.getByRole('radiogroup', { name: '分级' }).getByText('W2').click()
  await page.waitForURL(/grade=W2/)
  await page.getByRole('link', { name: '创建用户', exact: true }).first().waitFor()
  await page.getByRole('link', { name: '查询用户详情', exact: true }).waitFor({ state: 'detached' })
  const grades = await page.getByRole('table', { name: '接口' }).locator('td:nth-child(2)').allTextContents()
  assert.ok(grades.length > 3 && grades.every((grade) => grade === 'W2'), String(grades))
  await page.reload()
  await page.getByRole('link', { name: '创建用户', exact: true }).first().waitFor()
  assert.equal(await page.getByRole('link', { name: '查询用户详情', exact: true }).count(), 0)

  await go('operations?which=known&q=activity/meta')
  await page.getByRole('link', { name: '创建活动' }).click()
  await page.getByText('公开目录里有这个接口，平台还没有提供').waitFor()
  await sound()
})

// feature: GW-007
test('an operation is closed by its switch, refused at once with the reason, and opened again by undo', async () => {
  await go(`operations?q=${userGet}`)
  await page.getByRole('link', { name: '查询用户详情', exact: true }).click()
  await heading('查询用户详情').waitFor()
  await row(/mobile.*R2.*手机号.*fieldMobile/).waitFor()
  assert.ok(passes(await person()))
  await page.getByRole('radio', { name: '关闭' }).check()
  await page.getByRole('button', { name: '应用', exact: true }).click()
  await page.getByText('关闭或限定时请填写理由').waitFor()
  await page.getByLabel('理由').fill('事故 42')
  await page.getByRole('button', { name: '应用', exact: true }).click()
  const question = dialog(`关闭 ${userGet}？`)
  await question.getByText('本企业所有应用').waitFor()
  await sound()
  await question.getByRole('button', { name: '应用', exact: true }).click()
  await page.getByText('接口已关闭').waitFor()
  const answer = await until(person, refused)
  assert.match(answer.errmsg + (answer.sub_msg ?? ''), /事故 42/)
  await shot(page, 'real-operation-closed', { fullPage: true })
  await page.getByRole('button', { name: '撤销' }).click()
  await page.getByText('没有人关闭或限定它').waitFor()
  await until(person, passes)
})

test('an operation is opened to listed apps alone', async () => {
  await go(`operations/detail?name=${userGet}`)
  await page.getByRole('radio', { name: '只对白名单开放' }).check()
  await page.getByLabel('白名单应用').fill(demo.name)
  await choose(demo.appKey) // the demonstration's suite has its name too
  await page.keyboard.press('Escape')
  await page.getByLabel('理由').fill('试点')
  await page.getByRole('button', { name: '应用', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: '应用', exact: true }).click()
  await page.getByText('接口只对白名单开放').waitFor()
  await until(person, refused)
  await page.getByRole('radio', { name: '开放', exact: true }).check()
  await page.getByRole('button', { name: '应用', exact: true }).click()
  await page.getByText('没有人关闭或限定它').waitFor()
  await until(person, passes)
})

test('a limit is tried on past calls before it is set, and then holds', async () => {
  for (let n = 0; n < 3; n++) await platform.v1(ticket, second.token, {})
  await go('limits')
  await page.getByText('每个应用各自').first().waitFor()
  await sound()
  await page.keyboard.press('n')
  const form = dialog('添加规则')
  await form.getByRole('button', { name: '添加', exact: true }).click()
  await form.getByText('请选择接口').waitFor()
  await form.getByText('请填写次数').waitFor()
  await form.getByLabel('谁的调用').fill(second.name)
  await choose(second.name)
  await form.getByRole('radio', { name: '一个接口' }).check()
  await form.getByLabel('接口', { exact: true }).fill('jsapi_ticket')
  await choose(ticket)
  await form.getByText('天', { exact: true }).click()
  await form.getByLabel('最多调用次数').fill('2')
  await form.getByRole('button', { name: '试算' }).click()
  await form.getByText('3 次调用里本会拒绝 1 次，涉及 1 个应用').waitFor()
  await shot(page, 'real-limit-tried')
  await sound()
  await form.getByLabel('最多调用次数').fill('3')
  await form.getByText('条件已改变，请重新试算').waitFor()
  await form.getByRole('button', { name: '试算' }).click()
  await form.getByText('这段时间的 3 次调用都能通过').waitFor()
  await form.getByLabel('最多调用次数').fill('1')
  await form.getByRole('button', { name: '添加', exact: true }).click()
  await page.getByText('规则已保存').waitFor()
  await row(new RegExp(second.name)).waitFor()
  await until(() => platform.v1(ticket, second.token, {}), refused)
  await go('limits')
  await row(new RegExp(second.name)).getByText('剩余 0').waitFor()
  await shot(page, 'real-limits')
  await sound()
})

test('the app’s own page tells what bounds it and what it was refused', async () => {
  await go(`apps/${second.agentId}?tab=limits`)
  await row(new RegExp(ticket)).waitFor()
  await page.getByRole('list', { name: '最近因流控被拒绝的调用' }).getByRole('link').first().waitFor()
  await shot(page, 'real-app-limits', { fullPage: true })
  await sound()
  await page.getByRole('link', { name: '在请求日志里查看' }).click()
  await page.waitForURL(/outcome=refused/)
  await page
    .getByRole('link', { name: new RegExp(ticket) })
    .first()
    .waitFor()
})

test('a rule becomes a shadow, is removed by name, and comes back by undo', async () => {
  await go(`limits?app=${second.agentId}`)
  await page.getByRole('button', { name: /^打开规则/ }).click()
  await dialog('修改规则').getByLabel('影子模式').click()
  await dialog('修改规则').getByRole('button', { name: '保存' }).click()
  await row(/影子/).waitFor()
  await until(() => platform.v1(ticket, second.token, {}), passes)
  await page.getByRole('button', { name: '删除', exact: true }).click()
  await dialog('删除这条规则？').getByText(`${second.name} · ${ticket}`).waitFor()
  await sound()
  await dialog('删除这条规则？').getByRole('button', { name: '删除' }).click()
  await page.getByRole('heading', { name: '没有匹配的规则' }).waitFor()
  await page.getByText('规则已删除').getByRole('button', { name: '撤销' }).click()
  await row(/影子/).waitFor()
})

test('a group is made; a package of it is granted, used, and taken back by name', async () => {
  await go('limits?tab=groups')
  await page.getByRole('button', { name: '添加分组' }).first().click()
  const group = dialog('添加分组')
  await group.getByLabel('名称').fill('tickets')
  await group.getByLabel('接口', { exact: true }).fill('jsapi_ticket')
  await choose(ticket)
  await page.keyboard.press('Escape')
  await group.getByRole('button', { name: '保存' }).click()
  await row(/tickets/).waitFor()
  await sound()

  await page.getByRole('link', { name: '流量包' }).click()
  await page.getByRole('heading', { name: '还没有流量包' }).waitFor()
  await page.keyboard.press('n')
  const grant = dialog('开通流量包')
  await grant.getByRole('button', { name: '开通流量包' }).click()
  await grant.getByText('请填写次数').waitFor()
  await grant.getByLabel('谁的调用').fill(second.name)
  await choose(second.name)
  await grant.getByText('第一个流量包').waitFor()
  await grant.getByRole('radio', { name: '一个分组' }).check()
  await grant.getByLabel('分组', { exact: true }).click()
  await choose('tickets')
  await grant.getByLabel('调用次数').fill('2')
  await shot(page, 'real-grant')
  await sound()
  await grant.getByRole('button', { name: '开通流量包' }).click()
  await row(/tickets.*剩余 2 \/ 2/).waitFor()
  await until(() => platform.v1(ticket, second.token, {}), refused)
  await go('limits?tab=packages')
  await row(/已用完/).waitFor()
  await shot(page, 'real-packages')
  await page.getByRole('button', { name: '收回' }).click()
  const question = dialog(/收回/)
  assert.ok(await question.getByRole('button', { name: '收回' }).isDisabled())
  await question.getByText('不再是预付').waitFor()
  await question.getByRole('textbox').fill(second.name)
  await sound()
  await question.getByRole('button', { name: '收回' }).click()
  await page.getByRole('heading', { name: '还没有流量包' }).waitFor()
  await until(() => platform.v1(ticket, second.token, {}), passes)
})

// feature: GW-019
test('a mask rule is previewed on a real row, and then one app sees less than another', async () => {
  await go('data')
  await page.getByRole('heading', { name: '还没有脱敏规则' }).waitFor()
  await page.keyboard.press('n')
  const form = dialog('添加规则')
  await form.getByText('填写字段后在这里预览').waitFor()
  await form.getByLabel('字段', { exact: true }).fill('mobil')
  await form.getByText('参数').first().waitFor()
  await form.getByLabel('字段', { exact: true }).fill('mobile')
  await form.getByLabel('脱敏方式').click()
  await choose('手机号')
  await form.getByText('适用范围').click()
  await form.getByLabel('只用于应用').fill(second.name)
  await choose(second.name)
  await form.getByLabel('查询的员工').fill(platform.env.USER_ID)
  await choose(platform.env.USER_ID)
  const masked = form.getByRole('row').filter({ hasText: /^mobile/ })
  await masked.getByText('本规则').waitFor()
  await masked.getByText(/\d{3}\*{4}\d{4}/).waitFor()
  await shot(page, 'real-mask-preview')
  await sound()
  assert.doesNotMatch((await person()).result.mobile, /\*/)
  await form.getByRole('button', { name: '保存规则' }).click()
  await row(/mobile/).waitFor()
  await shot(page, 'real-mask-rules')
  await sound()
  await until(person, (answer) => /\*{4}/.test(answer.result.mobile))
  const other = await platform.v1(userGet, demo.token, { userid: platform.env.USER_ID })
  assert.doesNotMatch(other.result.mobile, /\*/)

  await page.getByRole('link', { name: '被它抑制的调用' }).click()
  await page
    .getByRole('table')
    .getByRole('link', { name: new RegExp(userGet) })
    .first()
    .click()
  await page.getByRole('link', { name: /^脱敏规则 \d+$/ }).waitFor()
  await sound()

  await go('data')
  await page.getByRole('switch', { name: '启用规则：mobile' }).click()
  await page.getByText('规则已停用').waitFor()
  await until(person, (answer) => !/\*/.test(answer.result.mobile))
})

test('a protected person is seen by ids alone, except where it is waived', async () => {
  await go('data?tab=people')
  await page.getByRole('button', { name: '保护人员' }).first().click()
  const protect = dialog('保护人员')
  await protect.getByLabel('人员').fill(platform.env.USER_ID)
  await choose(platform.env.USER_ID)
  await protect.getByLabel('理由').fill('高管')
  await sound()
  await protect.getByRole('button', { name: '保护', exact: true }).click()
  await row(/高管/).waitFor()
  await until(person, (answer) => !answer.result.name)

  await page.getByRole('button', { name: '添加豁免' }).click()
  const waive = page.getByRole('dialog')
  await waive.getByLabel('应用').fill(second.name)
  await choose(second.name)
  await waive.getByLabel('理由').fill('年度审计')
  await sound()
  await waive.getByRole('button', { name: '添加豁免' }).click()
  await row(new RegExp(`${second.name}.*年度审计`)).waitFor()
  await shot(page, 'real-people')
  await sound()
  const name = (await until(person, (answer) => answer.result.name)).result.name

  await page.getByRole('button', { name: '取消保护' }).click()
  const question = page.getByRole('dialog')
  await question.getByRole('textbox').fill(name)
  await question.getByRole('button', { name: '取消保护' }).click()
  await page.getByRole('heading', { name: '没有受保护的人员' }).waitFor()
})

// feature: GW-024
test('the address that was just refused is let in by one press', async () => {
  await ask('app.update', { agentId: second.agentId, ips: ['10.0.8.0/24'] })
  await until(person, refused)
  await go(`apps/${second.agentId}?tab=security`)
  await page.getByRole('button', { name: '把 127.0.0.1 加入白名单' }).waitFor()
  await shot(page, 'real-security', { fullPage: true })
  await sound()
  await page.getByRole('button', { name: '把 127.0.0.1 加入白名单' }).click()
  await page.getByText('IP 白名单已更新').waitFor()
  await until(person, passes)
  await page.getByText('刚刚被拒绝的来源').waitFor({ state: 'detached' })
})

test('an app has to sign once its token alone is not enough', async () => {
  await page.getByRole('checkbox', { name: /访问令牌/ }).uncheck()
  await page.getByText('每次调用都必须签名').last().waitFor()
  await page.getByRole('button', { name: '保存方式' }).click()
  await dialog('减少身份证明方式？').getByText('以「访问令牌」发起的调用').waitFor()
  await sound()
  await dialog('减少身份证明方式？').getByRole('button', { name: '保存方式' }).click()
  await page.getByText('身份证明方式已更新').waitFor()
  await until(person, refused)
  await page.getByRole('checkbox', { name: /访问令牌/ }).check()
  await page.getByRole('button', { name: '保存方式' }).click()
  await until(person, passes)
})

test('a page’s signature is checked, and what should have been signed is told', async () => {
  await go(`apps/${second.agentId}?tab=test`)
  await page.getByRole('button', { name: '检查签名' }).click()
  await page.getByText('请填写 nonceStr').waitFor()
  await page.getByLabel('url').fill('http://127.0.0.1/page')
  await page.getByLabel('nonceStr').fill('abc')
  await page.getByLabel('timeStamp').fill('1700000000000')
  await page.getByLabel('signature').fill('0000')
  await page.getByRole('button', { name: '检查签名' }).click()
  await page.getByText('签名不一致。应当签的是').waitFor()
  await page
    .getByText(/noncestr=abc&timestamp=1700000000000&url=http/)
    .first()
    .waitFor()
  await sound()
})

test('the settings: https is refused over http and says why, the time zone is changed and taken back', async () => {
  await go('settings')
  await page.getByRole('switch', { name: '要求 HTTPS' }).click()
  await dialog('要求所有调用经过 HTTPS？').getByRole('button', { name: '要求 HTTPS' }).click()
  await dialog('要求所有调用经过 HTTPS？').getByRole('alert').waitFor()
  await sound()
  await dialog('要求所有调用经过 HTTPS？').getByRole('button', { name: '取消' }).click()
  await page.getByLabel('一天从哪里开始').fill('Berlin')
  await choose('Europe/Berlin')
  await page.getByRole('button', { name: '保存时区' }).click()
  await dialog('改为 Europe/Berlin？').getByRole('button', { name: '保存时区' }).click()
  await page.getByText('时区已更新').waitFor()
  assert.equal((await ask('limit.list', {})).timeZone, 'Europe/Berlin')
  await page.getByRole('button', { name: '撤销' }).click()
  await page.getByText('已撤销').waitFor()
  assert.equal((await ask('limit.list', {})).timeZone, 'Asia/Shanghai')
  await page.getByRole('button', { name: '+2h', exact: true }).click()
  await page.getByRole('button', { name: '恢复真实时间' }).click()
  await page.getByText('与真实时间一致').waitFor()
  await shot(page, 'real-settings', { fullPage: true })
  await sound()
})

test('in English, in the dark and on a phone it is the same', async () => {
  const rule = (await ask('limit.list', {})).list[0].id
  const phone = await browser.visit({ width: 390, height: 844, locale: 'en-US', colorScheme: 'dark' })
  await phone.page.context().addCookies([{ name: 'gatepost_session', value: session, url: platform.url }])
  for (const path of [
    'operations',
    `operations/detail?name=${userGet}`,
    'limits',
    `limits?rule=${rule}`,
    'limits?rule=new',
    'limits?tab=packages',
    'limits?tab=packages&grant=yes',
    'limits?tab=groups',
    'data',
    'data?rule=new',
    'data?tab=people',
    'settings',
    `apps/${second.agentId}?tab=security`,
    `apps/${second.agentId}?tab=limits`,
  ]) {
    await phone.page.goto(`${platform.url}/console/${path}`)
    await phone.page.locator('h1, [role=dialog]').first().waitFor()
    await phone.page.waitForLoadState('networkidle')
    await shot(phone.page, `real-phone-${path.replaceAll(/\W/g, '-')}`)
    assert.deepEqual(await barriers(phone.page), [], path)
    assert.ok((await overflow(phone.page)) <= 0, `${path} scrolls sideways`)
    assert.deepEqual(phone.complaints, [], path)
  }
  await phone.close()
})
