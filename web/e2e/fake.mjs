// A small stand-in for the platform, for the states of a page that a healthy platform does not show: empty, failing,
// slow, very long. What the console does against the real one is told in the *.spec.mjs files.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'

const dist = new URL('../dist/', import.meta.url).pathname
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const minute = 60_000
const hour = 60 * minute

class Refused extends Error {
  constructor(status, code, message, more = {}) {
    super(message)
    this.status = status
    this.body = { code, message, requestid: '6E1C0A2B-9D41-7B0F-A7C2-3F5D6E8A9B10', ...more }
  }
}

export const refuse = (status, code, message, more) => {
  throw new Refused(status, code, message, more)
}

/** Starts it on a free port. `on(operation, answer)` replaces one operation's answer. */
export async function startFake() {
  const world = makeWorld()
  const answers = makeAnswers(world)
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://fake')
    if (url.pathname.startsWith('/console/api/')) {
      const chunks = []
      for await (const chunk of request) chunks.push(chunk)
      const name = url.pathname.slice('/console/api/'.length)
      const answer = answers[name] ?? (() => refuse(404, 'NotFound', `no operation ${name}`))
      try {
        const body = await answer(JSON.parse(Buffer.concat(chunks).toString() || '{}'))
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
      } catch (err) {
        if (!(err instanceof Refused)) throw err
        response.writeHead(err.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(err.body))
      }
      return
    }
    const asset = extname(url.pathname) ? url.pathname.slice('/console/'.length) : 'console.html'
    try {
      const content = await readFile(join(dist, asset))
      response.writeHead(200, {
        'Content-Type': types[extname(asset)] ?? 'application/octet-stream',
        // The same policy as the platform's own, so that a page that breaks it breaks here.
        'Content-Security-Policy': "default-src 'self'; style-src 'self' 'unsafe-inline'",
      })
      response.end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    world,
    on(name, answer) {
      answers[name] = answer
    },
    close: () =>
      new Promise((closed) => {
        server.close(closed)
        server.closeAllConnections()
      }),
  }
}

function makeWorld() {
  const now = Date.now()
  const scopes = [
    [
      'qyapi_base',
      '调用基础接口',
      'Basic operations',
      'R1',
      'app',
      [
        ['GET', '/auth/scopes', '查询应用的授权范围', 'R1'],
        ['GET', '/get_jsapi_ticket', '获取 jsapi_ticket', 'R1'],
      ],
    ],
    [
      'qyapi_get_department_list',
      '通讯录部门信息读权限',
      'Read departments',
      'R1',
      'app',
      [
        ['POST', '/topapi/v2/department/listsub', '获取部门列表', 'R1'],
        ['POST', '/topapi/v2/department/get', '获取部门详情', 'R1'],
        ['POST', '/topapi/v2/department/listparentbydept', '获取指定部门的所有父部门列表', 'R1'],
      ],
    ],
    [
      'qyapi_get_department_member',
      '通讯录部门成员读权限',
      'Read department members',
      'R1',
      'app',
      [
        ['POST', '/topapi/user/listsimple', '获取部门用户基础信息', 'R1'],
        ['POST', '/topapi/role/simplelist', '获取指定角色的员工列表', 'R1'],
      ],
    ],
    [
      'qyapi_addresslist_search',
      '通讯录搜索权限',
      'Search the directory',
      'R1',
      'app',
      [['POST', '/v1.0/contact/users/search', '搜索用户 userId', 'R1']],
    ],
    [
      'qyapi_get_member',
      '成员信息读权限',
      'Read people',
      'R2',
      'app',
      [
        ['POST', '/topapi/v2/user/get', '查询用户详情', 'R2'],
        ['POST', '/topapi/user/getbyunionid', '根据 unionid 获取用户 userid', 'R1'],
        ['POST', '/topapi/user/listadmin', '获取管理员列表', 'R1'],
      ],
    ],
    [
      'qyapi_get_member_by_mobile',
      '根据手机号获取成员基本信息权限',
      'Find a person by mobile number',
      'R2',
      'app',
      [['POST', '/topapi/v2/user/getbymobile', '根据手机号查询用户', 'R2']],
    ],
    [
      'Contact.User.Read',
      '通讯录个人信息读权限',
      'Read personal contact information',
      'R2',
      'person',
      [['GET', '/v1.0/contact/users/{unionId}', '获取用户通讯录个人信息', 'R2']],
    ],
    ['fieldMobile', '手机号信息', 'Mobile number field', 'R2', 'field', []],
    ['fieldEmail', '邮箱等个人信息', 'Mail address field', 'R2', 'field', []],
    [
      'qyapi_robot_sendmsg',
      '企业内机器人发送消息权限',
      'Send messages as a robot',
      'W1',
      'app',
      [
        ['POST', '/v1.0/robot/oToMessages/batchSend', '批量发送单聊消息', 'W1'],
        ['POST', '/v1.0/robot/groupMessages/send', '机器人发送群聊消息', 'W1'],
      ],
    ],
    [
      'qyapi_chat_manage',
      '群会话管理权限',
      'Manage group chats',
      'W1',
      'app',
      [
        ['POST', '/chat/create', '创建群会话', 'W1'],
        ['POST', '/chat/update', '修改群会话', 'W1'],
      ],
    ],
    [
      'qyapi_manage_addresslist',
      '维护通讯录权限',
      'Maintain the directory',
      'W2',
      'app',
      [
        ['POST', '/topapi/v2/user/create', '创建用户', 'W2'],
        ['POST', '/topapi/v2/user/update', '更新用户信息', 'W2'],
        ['POST', '/topapi/v2/user/delete', '删除用户', 'W2'],
        ['POST', '/topapi/v2/department/create', '创建部门', 'W2'],
        ['POST', '/topapi/v2/department/update', '更新部门', 'W2'],
        ['POST', '/topapi/v2/department/delete', '删除部门', 'W2'],
        ['POST', '/role/add_role', '创建角色', 'W2'],
        ['POST', '/role/update_role', '更新角色', 'W2'],
        ['POST', '/topapi/role/addrolesforemps', '批量增加员工角色', 'W2'],
      ],
    ],
  ].map(([scope, title, titleEn, grade, kind, operations]) => ({
    scope,
    title,
    titleEn,
    grade,
    kind,
    operations: operations.map(([method, path, name, level]) => ({ method, path, title: name, grade: level })),
  }))

  const names = [
    ['订单同步', '把 ERP 的订单变更同步到群里'],
    ['考勤看板', '每日出勤统计与异常提醒'],
    ['人事档案', '入转调离全流程，读取完整的员工档案'],
    ['客户成功助手', '机器人问答与工单'],
    ['数据报表', ''],
    ['Payroll bridge', 'Pushes payslips as work notices'],
    ['会议室预定', '大屏与预定小程序'],
    ['安全审计', '每周导出权限与登录记录'],
  ]
  const apps = names.map(([name, description], at) => ({
    agentId: 3204000117 + at * 1373,
    appKey: `ding${(0x5f3a9c21 + at * 7919).toString(36)}qk7w2mzt${at}`,
    name,
    description,
    state: at === 6 ? 'disabled' : 'enabled',
    dataGrade: at % 3 === 2 ? 'R2' : 'R1',
    strict: at === 2,
    createdAt: now - (at * 9 + 2) * 24 * hour,
    lastCallAt: at === 4 ? undefined : now - (at * at * 37 + 1) * minute,
    secrets: [
      { id: `s${at}1`, hint: 'x7Qe', createdAt: now - (at + 1) * 24 * hour, lastUsedAt: now - 3 * minute },
      ...(at === 0
        ? [
            {
              id: 's02',
              hint: 'pL0a',
              createdAt: now - 90 * 24 * hour,
              expiresAt: now + 21 * hour,
              lastUsedAt: now - 2 * hour,
            },
          ]
        : []),
    ],
    scopes: scopes.slice(0, at === 4 ? 0 : 4 + (at % 3)).map((one) => ({
      scope: one.scope,
      title: one.title,
      grade: one.grade,
      reason: '同步组织架构到订单系统，用于按部门派单',
      grantedBy: '王敏',
      grantedAt: now - (at + 2) * 24 * hour,
    })),
    range:
      at === 0
        ? {
            all: false,
            departments: [
              { deptId: 2, name: '研发中心' },
              { deptId: 5, name: '销售部' },
            ],
            users: [{ userId: 'manager01', name: '王敏' }],
          }
        : { all: true, departments: [], users: [] },
    ips: at === 0 ? ['10.0.8.*', '203.0.113.24'] : [],
    redirectUrls: at === 0 ? ['https://erp.example.com/login/callback'] : [],
    signatures: ['token', 'gp-hmac-sha256'],
    requireSignature: false,
    development: at === 0,
    ids: 'plain',
    dialects: ['v1', 'v2'],
  }))

  const kinds = [
    ['v1', 'POST', '/topapi/v2/user/get', '查询用户详情', 200, '0', 'ok'],
    ['v1', 'GET', '/gettoken', '获取企业内部应用的 access_token', 200, '0', 'ok'],
    ['v2', 'GET', '/v1.0/contact/users/me', '获取用户通讯录个人信息', 200, '', ''],
    ['v1', 'POST', '/topapi/v2/department/listsub', '获取部门列表', 200, '0', 'ok'],
    [
      'v1',
      'POST',
      '/topapi/v2/user/getbymobile',
      '根据手机号查询用户',
      200,
      '60011',
      '没有权限：应用缺少权限点 qyapi_get_member_by_mobile',
    ],
    [
      'v2',
      'POST',
      '/v1.0/contact/users/search',
      '搜索用户 userId',
      403,
      'Forbidden.AccessDenied.AccessTokenPermissionDenied',
      '应用尚未开通所需的权限：[qyapi_addresslist_search]',
    ],
    ['v1', 'POST', '/topapi/user/listsimple', '获取部门用户基础信息', 200, '0', 'ok'],
    ['v1', 'POST', '/topapi/v2/user/get', '查询用户详情', 200, '33012', '无效的 userid：收到的是 unionid'],
    ['console', 'POST', '/console/api/app.update', '更新应用', 200, '', ''],
    ['v2', 'POST', '/v1.0/oauth2/accessToken', '获取企业内部应用的 accessToken', 500, 'InternalError', '服务内部错误'],
  ]
  const calls = Array.from({ length: 140 }, (_, at) => {
    const [dialect, method, path, title, status, code, message] = kinds[(at * 7) % kinds.length]
    const app = apps[at % 4]
    const known = dialect !== 'console'
    return {
      id: `${(0x9a31c0de - at * 77777).toString(16).toUpperCase().padStart(8, '0')}-3B1F-7D20-8C44-0F9E2A61B7${String(at % 100).padStart(2, '0')}`,
      shortId: `15r${(9_000_000 - at * 3331).toString(36)}k${at}`,
      at: now - Math.round(at ** 1.6 * 900),
      dialect,
      method,
      path,
      title,
      ...(known && { agentId: app.agentId, appKey: app.appKey, appName: app.name }),
      ...(known ? {} : { userId: 'manager01' }),
      ip: at % 5 ? '127.0.0.1' : '203.0.113.24',
      status,
      code,
      message,
      tookUs: 380 + ((at * 7919) % 4200) + (at % 17 === 0 ? 21_000 : 0),
    }
  })
  const rules = apps.slice(0, 3).map((app, at) => ({
    rule: {
      id: `rule${at}`,
      platform: false,
      level: 2,
      agentId: app.agentId,
      appName: app.name,
      operation: '/topapi/v2/user/get',
      window: 'minute',
      max: 600,
      shadow: at === 2,
      createdAt: now,
      createdBy: 'manager01',
      changedAt: now,
      changedBy: 'manager01',
    },
    used: 600 - at * 200,
    remaining: at * 200,
    resetAt: now + 20_000,
    wouldRefuse: at === 2 ? 14 : 0,
  }))
  const operations = scopes.flatMap(({ scope, operations }) =>
    operations.map(({ path, title, grade }) => ({
      operation: path,
      dialect: path.startsWith('/v1.0/') ? 'v2' : 'v1',
      title,
      titleEn: title,
      grade,
      scope,
      group: 'directory.read',
      offered: true,
      switchable: true,
      state: 'open',
      switches: [],
    })),
  )
  return {
    now,
    scopes,
    apps,
    calls,
    rules,
    operations,
    packages: [],
    groups: [],
    masks: [],
    people: [],
    asked: [],
    signedIn: true,
    needed: false,
    offset: 0,
  }
}

const who = {
  userId: 'manager01',
  name: '王敏',
  corpId: 'dingdemo7f3a21c4',
  corpName: 'Demo Co',
  operator: true,
  sandbox: true,
  expiresAt: Date.now() + 8 * hour,
}

function page(list, { cursor, size = 30 }) {
  const from = Number(cursor ?? 0)
  const shown = list.slice(from, from + size)
  const hasMore = from + size < list.length
  return { list: shown, hasMore, nextCursor: hasMore ? String(from + size) : undefined, totalCount: list.length }
}

const outcome = (call) =>
  call.status >= 500 ? 'error' : call.status >= 400 || !['', '0'].includes(call.code) ? 'refused' : 'ok'

const briefly = ({ scopes, ...app }) => ({ ...app, scopes: scopes.length })

function makeAnswers(world) {
  const find = (agentId) =>
    world.apps.find((app) => app.agentId === agentId) ?? refuse(404, 'AppNotFound', `没有 AgentId 为 ${agentId} 的应用`)
  const time = () => ({ now: Date.now() + world.offset, offsetMs: world.offset, movable: true })
  return {
    'setup.status': () => ({ needed: world.needed, version: '0.1.0' }),
    'setup.create': () => {
      world.needed = false
      return { corpId: who.corpId }
    },
    'session.open': ({ password }) => {
      if (password !== 'right') {
        refuse(401, 'InvalidPassword', '账号或密码不正确', { hint: '演示企业的账号在数据目录的 demo.env 里。' })
      }
      world.signedIn = true
      return { token: 't', ...who }
    },
    'session.get': () => (world.signedIn ? who : refuse(401, 'SessionRequired', '请先登录')),
    'session.close': () => {
      world.signedIn = false
      return {}
    },
    'corp.list': () => ({
      list: [
        { corpId: who.corpId, name: 'Demo Co', sandbox: true, people: 200, departments: 14, createdAt: world.now },
        {
          corpId: 'ding5b0c93aa17de4f21',
          name: '云杉科技（杭州）有限公司',
          sandbox: false,
          people: 12840,
          departments: 312,
          createdAt: world.now,
        },
      ],
    }),
    'corp.switch': ({ corpId }) => ({ ...who, corpId, corpName: '云杉科技（杭州）有限公司', sandbox: false }),
    'clock.get': time,
    'clock.move': ({ by }) => {
      const [, sign, n, unit] = /^([+-]?)(\d+)([hm])/.exec(by)
      world.offset += (sign === '-' ? -1 : 1) * Number(n) * (unit === 'h' ? hour : minute)
      return time()
    },
    'clock.reset': () => {
      world.offset = 0
      return time()
    },
    'app.list': ({ search, state, ...rest }) =>
      page(
        world.apps
          .filter(
            (app) =>
              (!state || app.state === state) && (!search || `${app.name}${app.agentId}${app.appKey}`.includes(search)),
          )
          .map(briefly),
        rest,
      ),
    'app.get': ({ agentId }) => find(agentId),
    'app.create': ({ name, description = '', dataGrade = 'R1', strict = false, scopes = [] }) => {
      const app = {
        ...structuredClone(world.apps[4]),
        agentId: 3299000001,
        appKey: 'dingnewk7w2mzt01',
        name,
        description,
        dataGrade,
        strict,
        createdAt: Date.now(),
        scopes: world.scopes
          .filter((one) => scopes.includes(one.scope))
          .map((one) => ({ ...one, reason: '创建应用时授予', grantedBy: who.name, grantedAt: Date.now() })),
      }
      world.apps.unshift(app)
      return { agentId: app.agentId, appKey: app.appKey, appSecret: 'Zr4tQ0mB8xUeL2vYp6sKc1nWj9HdAf3g7oTiXq5RzE0u' }
    },
    'app.update': ({ agentId, range, ...change }) => {
      Object.assign(find(agentId), change)
      if (range?.all) find(agentId).range = { all: true, departments: [], users: [] }
      return {}
    },
    'app.delete': ({ agentId }) => {
      world.apps = world.apps.filter((app) => app.agentId !== agentId)
      return {}
    },
    'app.secret.rotate': () => ({
      appSecret: 'Nw8kP3xTq6ZbVr1YmC5sJd0HgLf9EaU2iRo7QzXt4BnM',
      oldExpiresAt: Date.now() + 24 * hour,
    }),
    'app.secret.revoke': ({ agentId, id }) => {
      const app = find(agentId)
      app.secrets = app.secrets.filter((secret) => secret.id !== id)
      return {}
    },
    'app.scope.grant': ({ agentId, scopes, reason }) => {
      for (const one of world.scopes.filter((known) => scopes.includes(known.scope))) {
        find(agentId).scopes.push({ ...one, reason, grantedBy: who.name, grantedAt: Date.now() })
      }
      return {}
    },
    'app.scope.revoke': ({ agentId, scope }) => {
      const app = find(agentId)
      app.scopes = app.scopes.filter((one) => one.scope !== scope)
      return {}
    },
    'app.token.revoke': () => ({ revoked: 2 }),
    'app.code': () => ({ code: 'c0de7f21b94a3e5d8c06', expiresAt: Date.now() + world.offset + 5 * minute }),
    'scope.list': () => ({ list: world.scopes }),
    'call.list': ({ outcome: wanted, search, requestId, agentId, path, since, until, ...rest }) =>
      page(
        world.calls.filter(
          (call) =>
            (!wanted || outcome(call) === wanted) &&
            (!agentId || call.agentId === agentId) &&
            (!path || call.path.includes(path)) &&
            (!requestId || call.id === requestId || call.shortId === requestId) &&
            (!since || call.at >= since) &&
            (!until || call.at < until) &&
            (!search || `${call.title}${call.message}`.includes(search)),
        ),
        rest,
      ),
    'call.get': ({ requestId }) => {
      const call =
        world.calls.find((one) => one.id === requestId || one.shortId === requestId) ??
        refuse(404, 'CallNotFound', `没有请求 ID 为 ${requestId} 的调用`, {
          hint: '日志只保留最近的调用；也请核对是否复制完整。',
        })
      const ended = outcome(call)
      const rule = ended === 'error' ? 'invoke' : call.code === '33012' ? 'invoke' : 'permit'
      const names = ['find', 'identify', 'permit', 'limit', 'decode', 'invoke', 'mask', 'answer']
      const passed = ended === 'ok' ? names : names.slice(0, names.indexOf(rule) + 1)
      return {
        ...call,
        operation: call.path,
        scope: call.code === '60011' ? 'qyapi_get_member_by_mobile' : 'qyapi_get_member',
        grade: 'R2',
        rule: ended === 'ok' ? '' : ended === 'error' ? 'internal' : rule === 'permit' ? 'scopeMissing' : 'userInvalid',
        step: ended === 'ok' ? 'answer' : rule,
        ...(ended === 'refused' &&
          rule === 'permit' && {
            expected: 'qyapi_get_member_by_mobile',
            found: 'qyapi_base, qyapi_get_department_list, qyapi_get_department_member, qyapi_addresslist_search',
            hint: '在应用的「权限点」页授予它，或应用下面的修复。',
            fix: {
              kind: 'scope',
              description: `授予「${call.appName}」权限点 qyapi_get_member_by_mobile（根据手机号获取成员基本信息权限，R2）`,
              command: `gatepost explain ${call.id} --fix`,
              allowed: true,
            },
          }),
        ...(ended === 'refused' &&
          rule === 'invoke' && {
            expected: 'userid，例如 manager01',
            found: 'unionid：PiiiPyQqBNBii0HnCJ3zljcuAiEiE',
            hint: '用 /topapi/user/getbyunionid 把 unionid 换成 userid。',
          }),
        requestBytes: 184,
        answerBytes: 1290,
        steps: passed.map((name, at) => ({ name, tookUs: [4, 38, 12, 3, 41, 612, 22, 35][at] })),
      }
    },
    'call.fix': () => ({ applied: '已授予 qyapi_get_member_by_mobile' }),
    'call.stats': ({ minutes }) => ({
      buckets: Array.from({ length: minutes }, (_, at) => ({
        at: Math.floor(world.now / minute) * minute - (minutes - 1 - at) * minute,
        ok: Math.round(26 + 22 * Math.sin(at / 6) + ((at * 13) % 9)),
        refused: at % 11 === 3 ? 6 : at % 4 === 0 ? 2 : 0,
        error: at === 41 ? 5 : 0,
      })),
    }),
    'limit.usage': () => ({ list: world.rules }),
    'limit.list': () => ({ list: world.rules.map(({ rule }) => rule), timeZone: 'Asia/Shanghai' }),
    'limit.group.list': () => ({ list: world.groups, declared: ['directory.read', 'directory.write'] }),
    'limit.package.list': () => ({ list: world.packages }),
    'limit.try': () => ({ list: [], days: [] }),
    'disclosure.list': () => ({ list: [], hasMore: false }),
    'disclosure.verify': () => refuse(500, 'InternalError', '服务内部错误'),
    'delegation.policy.get': ({ agentId }) => ({ agentId, allowed: false, reads: false, operations: [] }),
    'delegation.request.list': () => ({ list: world.asked }),
    'delegation.request.decide': ({ id, approve }) => {
      const one = world.asked.find((asked) => asked.id === id && asked.state === 'waiting')
      if (!one) refuse(404, 'RequestUnknown', `没有编号为 ${id} 的请求`)
      one.state = approve ? 'approved' : 'rejected'
      return {}
    },
    'key.status': () => ({
      corpId: who.corpId,
      key: 1,
      since: world.now,
      done: true,
      tables: [{ table: 'people', older: 0, rows: 12 }],
    }),
    'mask.list': () => ({ list: world.masks }),
    'mask.preview': () => refuse(400, 'ParameterInvalid', '参数 field 不正确'),
    'person.protected.list': () => ({ list: world.people }),
    'operation.list': ({ search = '', grade, ...rest }) =>
      page(
        world.operations.filter(
          (one) => (!grade || one.grade === grade) && `${one.operation}${one.title}`.includes(search),
        ),
        rest,
      ),
    'operation.get': ({ operation }) =>
      refuse(400, 'ParameterInvalid', `参数 operation 不正确：${operation} 不在目录里`),
    'corp.settings.get': () => ({ requireHttps: false }),
    'person.search': ({ query }) => ({
      list: [
        { userId: 'manager01', name: '王敏', title: '总经理', departments: ['Demo Co'] },
        { userId: 'zhangwei', name: '张伟', title: '后端工程师', departments: ['研发中心', '平台组'] },
        { userId: 'lina', name: '李娜', title: '销售经理', departments: ['销售部'] },
      ].filter((person) => `${person.name}${person.userId}`.includes(query)),
      hasMore: false,
    }),
    'department.children': ({ deptId }) => ({
      list:
        deptId === undefined
          ? [{ deptId: 1, name: 'Demo Co', hasChildren: true, people: 200 }]
          : deptId === 2
            ? [
                { deptId: 21, name: '平台组', hasChildren: false, people: 18 },
                { deptId: 22, name: '移动组', hasChildren: false, people: 14 },
              ]
            : [
                { deptId: 2, name: '研发中心', hasChildren: true, people: 76 },
                { deptId: 5, name: '销售部', hasChildren: false, people: 42 },
                { deptId: 6, name: '人力资源部', hasChildren: false, people: 12 },
              ],
    }),
    'platform.info': () => ({
      version: '0.1.0',
      engine: 'sqlite',
      url: 'http://127.0.0.1:8700',
      offered: { v1: 96, v2: 48 },
      known: { v1: 1407, v2: 3232 },
      replaysRefused: 3,
      noncesRefused: 0,
    }),
  }
}
