const zh = {
  title: '企业设置',
  about: '对本企业每一次调用的要求，以及企业的时间。',

  transport: {
    title: '传输',
    https: '要求 HTTPS',
    httpsAbout: '拒绝不经 HTTPS 的调用，包括换取令牌和控制台；应用收到 43003。',
    on: '要求 HTTPS',
    onTitle: '要求所有调用经过 HTTPS？',
    onStops: ['仍用 http:// 地址的应用', '经 http:// 打开的控制台'],
    onAbout: '需要你自己正经 HTTPS 打开控制台，否则平台会拒绝这项更改，以免把自己关在外面。',
    plain: '你现在经 http 打开控制台，所以还不能开启。',
    done: '传输要求已更新',
  },

  time: {
    title: '时间',
    clock: '企业时钟',
    fixed: '只有演示企业和沙箱企业的时钟可以移动。',
    zone: '一天从哪里开始',
    zoneAbout: '按天的流控和流量包在这个时区的零点重新计数。',
    zoneSave: '保存时区',
    zoneDone: '时区已更新，1 秒内生效',
    zoneTitle: (zone: string) => `改为 ${zone}？`,
    zoneNote: '正在进行的一天会按新时区重新划分，按天的计数可能提前或推迟重置。',
  },

  sso: {
    title: 'SSOSecret',
    about: '企业后台免登使用的密钥，第一次查看时生成。',
    show: '查看 SSOSecret',
  },

  platform: {
    title: '平台',
    version: '版本',
    engine: '数据库',
    url: '地址',
    replays: '拒绝的重放',
    replaysAbout: '本节点启动以来',
    nonces: '因随机数存满而拒绝',
  },

  reset: {
    title: '重置企业',
    about: '删除本沙箱的人员、部门、应用、令牌和请求日志；演示企业会重新生成。',
    act: '重置',
    ask: (name: string) => `重置「${name}」？`,
    stops: (name: string) => [`「${name}」的所有应用、令牌和授权`, '全部人员、部门和请求日志'],
    confirm: (name: string) => `输入企业名称「${name}」以确认`,
    done: '企业已重置',
    danger: '危险操作',
  },

  create: {
    title: '创建企业',
    about: '平台上再开一个企业；给出人数时是填好虚构员工的沙箱。',
    act: '创建企业',
    name: '企业名称',
    nameMissing: '请填写企业名称',
    sandbox: '沙箱',
    sandboxAbout: '时钟可移动，可重置',
    people: '虚构员工人数',
    peopleAbout: '0 表示不生成',
    user: '管理员账号',
    password: '管理员密码',
    passwordAbout: '至少 8 个字符；留空则由运营者切换进入',
    passwordShort: '密码至少需要 8 个字符',
    done: '企业已创建，可在左上角切换',
  },
}

export type Words = typeof zh

const en: Words = {
  title: 'Settings',
  about: 'What the company asks of every call, and its time.',

  transport: {
    title: 'Transport',
    https: 'Require HTTPS',
    httpsAbout: "Refuses calls that do not come over HTTPS, those for tokens and the console's too; apps get 43003.",
    on: 'Require HTTPS',
    onTitle: 'Require HTTPS of all calls?',
    onStops: ['Apps that still use an http:// address', 'The console opened over http://'],
    onAbout:
      'You have to have opened the console over HTTPS yourself, or the platform refuses, so that nobody shuts himself out.',
    plain: 'You have opened the console over http, so it cannot be turned on yet.',
    done: 'Transport changed',
  },

  time: {
    title: 'Time',
    clock: 'Company clock',
    fixed: 'Only the clocks of demo and sandbox companies can be moved.',
    zone: 'Where days begin',
    zoneAbout: 'Limits and packages by day begin anew at midnight in this time zone.',
    zoneSave: 'Save time zone',
    zoneDone: 'Time zone changed; it holds within a second',
    zoneTitle: (zone) => `Change to ${zone}?`,
    zoneNote: 'The present day is divided anew, so counts by day may begin anew earlier or later.',
  },

  sso: {
    title: 'SSOSecret',
    about: 'The secret for signing administrators in to company back ends; made when first shown.',
    show: 'Show SSOSecret',
  },

  platform: {
    title: 'Platform',
    version: 'Version',
    engine: 'Database',
    url: 'Address',
    replays: 'Replays refused',
    replaysAbout: 'since this node started',
    nonces: 'Refused because nonces are full',
  },

  reset: {
    title: 'Reset the company',
    about: 'Removes people, departments, apps, tokens and the log of this sandbox; a demo is made anew.',
    act: 'Reset',
    ask: (name) => `Reset “${name}”?`,
    stops: (name) => [`All apps, tokens and grants of “${name}”`, 'All people, departments and the request log'],
    confirm: (name) => `Type the company's name “${name}” to confirm`,
    done: 'The company was reset',
    danger: 'Danger',
  },

  create: {
    title: 'Create a company',
    about: 'One more company on the platform; with a number of people a sandbox filled with invented ones.',
    act: 'Create company',
    name: 'Company name',
    nameMissing: 'Give a name',
    sandbox: 'Sandbox',
    sandboxAbout: 'Its clock can be moved and it can be reset',
    people: 'Invented people',
    peopleAbout: '0 makes none',
    user: 'Administrator account',
    password: 'Administrator password',
    passwordAbout: 'At least 8 characters; empty: the operator switches in',
    passwordShort: 'The password needs at least 8 characters',
    done: 'The company was made; switch to it at the top left',
  },
}

export const words = { zh, en }
