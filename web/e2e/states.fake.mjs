// The states of a page that a healthy platform does not show, against a stand-in for it.

import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { barriers, openBrowser, overflow, shot } from './browser.mjs'
import { refuse, startFake } from './fake.mjs'

let browser
let fake
let visit
before(async () => {
  browser = await openBrowser()
})
after(() => browser.close())
beforeEach(async () => {
  fake = await startFake()
})
afterEach(async () => {
  await visit?.close()
  await fake.close()
})

/** Opens a page of the console and waits until it has a title. */
async function open(path, options) {
  visit = await browser.visit(options)
  await visit.page.goto(`${fake.url}/console${path}`)
  return visit.page
}

/** Everybody can use it, it fits, and nothing broke on the way. */
async function sound(page) {
  assert.deepEqual(await barriers(page), [])
  assert.ok((await overflow(page)) <= 0, 'the page scrolls sideways')
  assert.deepEqual(visit.complaints, [])
}

const both = [
  ['wide', { width: 1440, height: 900 }],
  ['narrow', { width: 390, height: 844 }],
]

/** The lists of the pages that decide what may pass: where, which operation answers, and what an empty one says. */
const lists = [
  ['limits', 'limit.usage', { list: [] }, '还没有规则'],
  ['limits?tab=packages', 'limit.package.list', { list: [] }, '还没有流量包'],
  ['limits?tab=groups', 'limit.group.list', { list: [], declared: [] }, '还没有自己的分组'],
  ['data', 'mask.list', { list: [] }, '还没有脱敏规则'],
  ['data?tab=people', 'person.protected.list', { list: [] }, '没有受保护的人员'],
  ['events', 'event.list', { list: [], hasMore: false, traced: true }, '还没有事件'],
  ['events?tab=subscriptions', 'event.subscriptions', { list: [], hasMore: false }, '还没有订阅'],
  ['events?tab=replays', 'event.replay.list', { list: [], hasMore: false }, '还没有回放过'],
  ['disclosures', 'disclosure.list', { list: [], hasMore: false }, '还没有查看记录'],
  ['confirmations', 'delegation.request.list', { list: [] }, '没有等待确认的请求'],
  ['operations', 'operation.list', { list: [], hasMore: false, totalCount: 0 }, '没有匹配的接口'],
]

for (const [size, options] of both) {
  for (const [path, operation, nothing, told] of lists) {
    test(`${path} is on its way, fails with its request id, and is then empty (${size})`, async () => {
      let answer = () => new Promise(() => {})
      fake.on(operation, () => answer())
      const page = await open(`/${path}`, options)
      await page.locator('[aria-busy="true"]').waitFor()
      await sound(page)
      answer = () => refuse(500, 'InternalError', '服务内部错误')
      await page.reload()
      await page.getByText('6E1C0A2B-9D41-7B0F-A7C2-3F5D6E8A9B10').first().waitFor()
      await sound(page)
      answer = () => nothing
      await page.getByRole('button', { name: '重试' }).click()
      await page.getByRole('heading', { name: told }).waitFor()
      await shot(page, `empty-${path.replaceAll(/\W/g, '-')}-${size}`)
      await sound(page)
    })
  }

  test(`rules in hundreds come in parts (${size})`, async () => {
    const [one] = fake.world.rules
    fake.world.rules = Array.from({ length: 120 }, (_, at) => ({ ...one, rule: { ...one.rule, id: `rule${at}` } }))
    const page = await open('/limits', options)
    await page.getByText('已显示 50 / 120').waitFor()
    await page.getByRole('button', { name: '加载更多' }).click()
    await page.getByText('已显示 100 / 120').waitFor()
    await sound(page)
  })

  test(`what no rule can be is said at the field, and what the platform refuses above the form (${size})`, async () => {
    fake.on('mask.set', () => refuse(400, 'ParameterInvalid', '没有应答含有字段 mobil'))
    const page = await open('/data?rule=new', options)
    await page.getByRole('button', { name: '保存规则' }).click()
    await page.getByText('请填写字段名或路径').waitFor()
    await page.getByLabel('字段', { exact: true }).fill('mobil')
    await page.getByText('参数 field 不正确').waitFor()
    await page.getByRole('button', { name: '保存规则' }).click()
    await page.getByText('没有应答含有字段 mobil').waitFor()
    await shot(page, `mask-refused-${size}`)
    await sound(page)
  })

  test(`what assistants ask waits, is confirmed once, is rejected, and ends (${size})`, async () => {
    const asked = (id, change) => ({
      id,
      agentId: fake.world.apps[0].agentId,
      delegate: 'Claude Code 2.1',
      operation: 'POST /v1.0/robot/groupMessages/send',
      arguments: '{"openConversationId":"cid1","msgParam":{"content":"明天 9 点开会"}}',
      state: 'waiting',
      at: Date.now(),
      until: Date.now() + 600_000,
      ...change,
    })
    fake.world.asked = [asked('k3v9x2m7qa'), asked('p2m4t8w1zc'), asked('d7e5r3q9nb', { until: Date.now() - 1000 })]
    fake.on('operation.get', ({ operation }) => ({
      item: { operation, title: '机器人发送群聊消息', titleEn: 'Send to a group' },
    }))
    const page = await open('/apps', options)
    await page.getByRole('link', { name: '3 个智能体请求等待你确认' }).click()
    await page.getByRole('heading', { name: '机器人发送群聊消息' }).first().waitFor()
    await page.getByText('Claude Code 2.1 通过「订单同步」请求').first().waitFor()
    await page
      .getByText(/剩余 9:5/)
      .first()
      .waitFor()
    await page.getByText('已过期').waitFor()
    assert.equal(await page.getByRole('button', { name: /^确\s*认$/ }).count(), 2, 'what has ended cannot be confirmed')
    await shot(page, `confirmations-${size}`)
    await sound(page)
    await page
      .getByRole('button', { name: /^确\s*认$/ })
      .first()
      .click()
    const question = page.getByRole('dialog')
    await question.getByText('明天 9 点开会').waitFor()
    await question.getByRole('button', { name: /^确\s*认$/ }).click()
    await page.getByText('已确认，尚未使用').waitFor()
    await page.getByRole('button', { name: /^拒\s*绝$/ }).click()
    await page.getByText('已拒绝', { exact: true }).first().waitFor()
    await sound(page)
  })

  test(`a rotation that is under way shows how far it is, and a key that may not be seen is not shown (${size})`, async () => {
    let older = 30
    fake.on('corp.settings.get', () => ({ requireHttps: false }))
    fake.on('key.status', () => ({
      corpId: 'x',
      key: 2,
      since: Date.now(),
      done: older === 0,
      tables: [{ table: 'people', older, rows: 120 }],
    }))
    const page = await open('/settings', options)
    await page.getByText('90 / 120 行').waitFor()
    await page.getByText('正在重新加密').waitFor()
    await shot(page, `keys-${size}`)
    await sound(page)
    older = 0
    await page.getByText('所有行都在当前密钥下').waitFor()
    fake.on('key.status', () => refuse(403, 'NotAdministrator', '需要管理员'))
    await page.reload()
    await page.getByRole('heading', { name: 'SSOSecret' }).waitFor()
    await page.getByRole('heading', { name: '数据密钥' }).waitFor({ state: 'detached' })
  })

  test(`a chain that does not hold says where, what was expected and what was found (${size})`, async () => {
    const one = {
      seq: 7,
      at: Date.now(),
      requestId: 'x',
      as: 'app',
      appKey: 'ding1',
      agentId: fake.world.apps[0].agentId,
      operation: 'dingtalk.oapi.v2.user.list',
      change: false,
      fields: ['email', 'mobile', 'state_code'],
      people: Array.from({ length: 100 }, (_, at) => `user${at}`),
      count: 4200,
    }
    fake.on('disclosure.list', ({ cursor }) => ({ list: cursor === '4' ? [] : [one], hasMore: false }))
    fake.on('disclosure.verify', () => ({
      ok: false,
      corpId: 'x',
      records: 3,
      first: 1,
      last: 3,
      removed: 0,
      seals: 1,
      sealed: 2,
      problem: { seq: 3, what: 'hash', expected: 'a1'.repeat(32), found: 'b2'.repeat(32) },
    }))
    const page = await open('/disclosures', { ...options, colorScheme: 'dark' })
    await page.getByRole('button', { name: '校验整条链' }).click()
    await page.getByRole('heading', { name: '从记录 3 起不成立' }).waitFor()
    await page.getByText('b2'.repeat(32)).waitFor()
    await shot(page, `chain-broken-${size}`)
    await sound(page)
    await page.getByRole('button', { name: '查看这条记录' }).click()
    await page.getByRole('heading', { name: '没有这条记录' }).waitFor()
    await sound(page)
    await page.getByRole('button', { name: '关闭' }).click()
    await page.getByRole('button', { name: /^打开记录 7/ }).click()
    await page.getByText('共 4,200 人，记录列出前 100 人').waitFor()
    await sound(page)
    fake.on('disclosure.verify', () => refuse(500, 'InternalError', '服务内部错误'))
    await page.goto(`${fake.url}/console/disclosures`)
    await page.getByRole('button', { name: '校验整条链' }).click()
    await page.getByText('6E1C0A2B-9D41-7B0F-A7C2-3F5D6E8A9B10').waitFor()
    await sound(page)
  })

  test(`an operation that nobody knows is told so (${size})`, async () => {
    const page = await open('/operations/detail?name=/no/such', options)
    await page.getByText('/no/such 不在目录里').waitFor()
    await sound(page)
  })

  test(`no applications yet: what to do, and how in a terminal (${size})`, async () => {
    fake.world.apps = []
    const page = await open('/apps', options)
    await page.getByRole('heading', { name: '还没有应用' }).waitFor()
    await page.getByText('gatepost app create').waitFor()
    await shot(page, `apps-empty-${size}`)
    await sound(page)
  })

  test(`a list that cannot be had says why, with the request id, and can be asked again (${size})`, async () => {
    fake.on('app.list', () => refuse(500, 'InternalError', '服务内部错误'))
    const page = await open('/apps', options)
    await page.getByText('服务内部错误').waitFor()
    await page.getByText('6E1C0A2B-9D41-7B0F-A7C2-3F5D6E8A9B10').waitFor()
    await shot(page, `apps-failed-${size}`)
    await sound(page)
    fake.on('app.list', () => ({ list: [], hasMore: false, totalCount: 0 }))
    await page.getByRole('button', { name: '重试' }).click()
    await page.getByRole('heading', { name: '还没有应用' }).waitFor()
  })

  test(`a list on its way shows its shape (${size})`, async () => {
    fake.on('app.list', () => new Promise(() => {}))
    const page = await open('/apps', options)
    await page.locator('[aria-busy="true"]').waitFor()
    await shot(page, `apps-loading-${size}`)
    await sound(page)
  })

  test(`a long list comes in parts, and tells how many there are (${size})`, async () => {
    const [one] = fake.world.apps
    fake.world.apps = Array.from({ length: 214 }, (_, at) => ({
      ...one,
      agentId: 4_000_000 + at,
      name: `应用 ${at + 1}`,
    }))
    const page = await open('/apps', options)
    await page.getByText('已显示 30 / 214').waitFor()
    await page.getByRole('button', { name: '加载更多' }).click()
    await page.getByText('已显示 60 / 214').waitFor()
    await sound(page)
  })

  test(`a name without a space in it does not push the page apart (${size})`, async () => {
    fake.world.apps[0].name = 'W'.repeat(50)
    fake.world.apps[0].description = 'x'.repeat(200)
    const page = await open(`/apps/${fake.world.apps[0].agentId}`, options)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await sound(page)
    await page.getByRole('link', { name: '全部应用' }).click()
    await page.getByRole('link', { name: 'W'.repeat(50) }).waitFor()
    await sound(page)
  })

  test(`nobody has called yet (${size})`, async () => {
    fake.world.calls = []
    fake.on('call.stats', () => ({
      buckets: Array.from({ length: 60 }, (_, at) => ({ at: at * 60_000, ok: 0, refused: 0, error: 0 })),
    }))
    const page = await open('/calls', options)
    await page.getByRole('heading', { name: '还没有调用' }).waitFor()
    await page.getByText('这段时间没有调用').waitFor()
    await shot(page, `calls-empty-${size}`)
    await sound(page)
  })

  test(`a refusal is explained, and repaired on request (${size})`, async () => {
    const call = fake.world.calls.find((one) => one.code === '60011')
    const page = await open(`/calls/${call.id}`, options)
    await page.getByRole('heading', { name: '在「检查权限」这一步被拒绝' }).waitFor()
    await page.getByRole('button', { name: '应用修复' }).click()
    const question = page.getByRole('dialog', { name: '应用这个修复？' })
    await question.waitFor()
    await shot(page, `fix-${size}`)
    await sound(page)
    await question.getByRole('button', { name: '应用修复' }).click()
    await page.getByText('已授予 qyapi_get_member_by_mobile').waitFor()
    await shot(page, `fixed-${size}`)
  })

  test(`the first run asks for the code from the terminal (${size})`, async () => {
    fake.world.needed = true
    fake.world.signedIn = false
    const page = await open('/', options)
    await page.getByRole('heading', { name: '初始化平台' }).waitFor()
    await page.getByRole('button', { name: '创建企业并登录' }).click()
    await page.getByText('请填写企业名称').waitFor()
    await shot(page, `set-up-${size}`, { fullPage: true })
    await sound(page)
    await page.getByLabel('初始化码').fill('7Q4-KX2')
    await page.getByLabel('企业名称').fill('云杉科技')
    await page.getByLabel('姓名').fill('王敏')
    await page.getByLabel('管理员账号').fill('manager01')
    await page.getByLabel('密码', { exact: true }).fill('short')
    await page.getByLabel('姓名').focus()
    await page.getByText('密码至少需要 8 个字符').waitFor()
    fake.on('session.open', () => {
      fake.world.signedIn = true
      return {
        token: 't',
        userId: 'manager01',
        name: '王敏',
        corpId: 'ding1',
        corpName: '云杉科技',
        operator: true,
        sandbox: false,
        expiresAt: 0,
      }
    })
    await page.getByLabel('密码', { exact: true }).fill('long enough')
    await page.getByRole('button', { name: '创建企业并登录' }).click()
    await page.getByRole('heading', { name: '应用', exact: true }).waitFor()
  })

  test(`a secret is shown once, and kept before one goes on (${size})`, async () => {
    const page = await open('/apps?create=yes', options)
    await page.getByLabel('应用名称').fill('库存服务')
    await page.getByRole('checkbox', { name: /qyapi_get_member$/ }).check()
    await page.getByRole('dialog').getByRole('button', { name: '创建应用' }).click()
    const once = page.getByRole('dialog', { name: '请立即保存 AppSecret' })
    await once.waitFor()
    assert.equal(await once.getByText('Zr4tQ0mB8xUe').count(), 0)
    await once.getByRole('button', { name: '显示 AppSecret' }).click()
    await once.getByText('Zr4tQ0mB8xUe').waitFor()
    await page.keyboard.press('Escape')
    assert.ok(await once.getByRole('button', { name: '完成' }).isDisabled())
    await shot(page, `once-${size}`)
    await sound(page)
    await once.getByRole('button', { name: '复制 环境变量' }).click()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^APP_SECRET=Zr4tQ0mB8xUe/m)
    await once.getByRole('checkbox').check()
    await once.getByRole('button', { name: '完成' }).click()
    await page.getByRole('heading', { level: 1, name: '库存服务' }).waitFor()
  })

  test(`what stops working is told by name before it stops (${size})`, async () => {
    const [app] = fake.world.apps
    const page = await open(`/apps/${app.agentId}?tab=scopes`, options)
    await page.getByRole('button', { name: '收回' }).nth(1).click()
    await page.getByText('POST /topapi/v2/department/listsub · 获取部门列表').waitFor()
    await shot(page, `revoke-${size}`)
    await sound(page)
    await page.getByRole('dialog').getByRole('button', { name: '收回' }).click()
    await page.getByText('qyapi_get_department_list').waitFor({ state: 'detached' })

    await page.getByRole('link', { name: '概览' }).click()
    await page.getByRole('button', { name: '删除应用' }).click()
    const question = page.getByRole('dialog')
    await question.waitFor()
    const act = question.getByRole('button', { name: '删除应用' })
    assert.ok(await act.isDisabled())
    await question.getByRole('textbox').fill(app.name)
    await shot(page, `delete-${size}`)
    await sound(page)
    await act.click()
    await page.getByRole('heading', { level: 1, name: '应用' }).waitFor()
    assert.equal(await page.getByRole('link', { name: app.name }).count(), 0)
  })

  test(`the visible range: a tree, people, and what is lost by narrowing it (${size})`, async () => {
    const [app] = fake.world.apps
    const page = await open(`/apps/${app.agentId}?tab=range`, options)
    await page.getByLabel('部门', { exact: true }).click()
    await page.getByText('人力资源部 · 12 人').click()
    await shot(page, `range-tree-${size}`)
    await page.keyboard.press('Escape')
    await page.getByLabel('人员', { exact: true }).fill('张')
    await page.getByText('zhangwei · 后端工程师').click()
    await page.keyboard.press('Escape')
    await shot(page, `range-chosen-${size}`)
    await page.getByRole('button', { name: '撤销更改' }).click()
    await page
      .locator('.ant-select-selection-item', { hasText: '销售部' })
      .locator('.ant-select-selection-item-remove')
      .click()
    await page.getByRole('button', { name: '保存范围' }).click()
    await page.getByText('读取部门「销售部」及其下级').waitFor()
    await sound(page)
  })
}

test('an expired session leads to the sign-in page, and back to where one was', async () => {
  const page = await open('/apps?state=disabled')
  await page.getByRole('link', { name: '会议室预定' }).waitFor()
  fake.world.signedIn = false
  fake.on('app.list', () => refuse(401, 'SessionExpired', '会话已过期'))
  await page.getByText('全部', { exact: true }).click()
  await page.getByRole('heading', { name: '登录' }).waitFor()
  await page.getByLabel('账号').fill('manager01')
  await page.getByLabel('密码', { exact: true }).fill('wrong')
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByText('账号或密码不正确').waitFor()
  await shot(page, 'sign-in-refused')
  await sound(page)
  fake.on('app.list', () => ({ list: [], hasMore: false, totalCount: 0 }))
  await page.getByLabel('密码', { exact: true }).fill('right')
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('heading', { level: 1, name: '应用' }).waitFor()
  assert.match(page.url(), /\/console\/apps/)
})

test('a return address outside the console is not followed', async () => {
  fake.world.signedIn = false
  const page = await open('/sign-in?return=//evil.example/')
  await page.getByLabel('账号').fill('manager01')
  await page.getByLabel('密码', { exact: true }).fill('right')
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('heading', { level: 1, name: '应用' }).waitFor()
  assert.equal(new URL(page.url()).origin, fake.url)
})

test('the keyboard is enough', async () => {
  const page = await open('/apps')
  await page.getByRole('link', { name: '订单同步' }).waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), '跳到正文')
  await shot(page, 'skip')
  await page.keyboard.press('Enter')
  await page.keyboard.press('/')
  assert.equal(
    await page.evaluate(() => document.activeElement.getAttribute('aria-label')),
    '按名称、AgentId 或 AppKey 搜索',
  )
  await page.keyboard.type('考勤')
  await page.getByRole('link', { name: '订单同步' }).waitFor({ state: 'detached' })
  assert.match(page.url(), /q=/)
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Backspace')
  await page.getByRole('link', { name: '订单同步' }).waitFor()
  await page.evaluate(() => document.activeElement.blur())
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  await page.keyboard.press('j')
  assert.match(await page.evaluate(() => document.activeElement.textContent), /考勤看板/)
  await shot(page, 'row-focus')
  await page.keyboard.press('n')
  await page.getByRole('dialog', { name: '创建应用' }).waitFor()
  await page.getByLabel('应用名称').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: '键盘快捷键' }).waitFor()
  await shot(page, 'shortcuts')
  await sound(page)
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: '订单同步' }).waitFor()
  await page.keyboard.press('6')
  await page.getByRole('heading', { level: 1, name: '请求日志' }).waitFor()
})

test('the clock is moved and seen to be moved; the company is changed', async () => {
  const page = await open('/apps')
  await page.getByRole('button', { name: '企业时钟' }).click()
  await page.getByRole('button', { name: '+2h' }).click()
  await page.getByRole('button', { name: '时钟已移动 +2h' }).waitFor()
  await shot(page, 'clock')
  await sound(page)
  await page.getByRole('button', { name: '恢复真实时间' }).click()
  await page.getByText('与真实时间一致').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /Demo Co/ }).click()
  await page.getByRole('button', { name: /云杉科技/ }).waitFor()
  await shot(page, 'corps')
  await sound(page)
  await page.getByRole('button', { name: /云杉科技/ }).click()
  await page.getByRole('button', { name: /切换企业\s*云杉科技/ }).waitFor()
})

test('an address that leads nowhere, an application and a call that do not exist', async () => {
  const page = await open('/nowhere')
  await page.getByRole('heading', { name: '没有这个页面' }).waitFor()
  await page.goto(`${fake.url}/console/apps/1`)
  await page.getByText('没有 AgentId 为 1 的应用').waitFor()
  await sound(page)
  await page.goto(`${fake.url}/console/calls/nope`)
  await page.getByText('没有请求 ID 为 nope 的调用').waitFor()
  await sound(page)
})

test('a live log asks again by itself; a moment of the chart narrows the list', async () => {
  const page = await open('/calls')
  await page.getByRole('slider').waitFor()
  await page.getByRole('switch').click()
  await page.waitForURL(/live=yes/)
  let asked = 0
  page.on('request', (request) => {
    if (request.url().endsWith('call.list')) asked++
  })
  await page.waitForTimeout(4600)
  assert.ok(asked >= 2, `asked ${asked} times`)
  await page.getByRole('switch').click()
  await page.getByRole('slider').focus()
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await shot(page, 'chart-cursor')
  await sound(page)
  await page.keyboard.press('Enter')
  await page.waitForURL(/since=\d+&until=\d+/)
  await page.getByRole('button', { name: '清除筛选' }).first().click()
  await page.waitForURL((url) => url.search === '')
})
