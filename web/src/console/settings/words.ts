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

  keys: {
    title: '数据密钥',
    about: '手机号等个人字段和密钥在数据库里用本企业的数据密钥加密。轮换后旧密钥仍能读取，直到所有行重新加密。',
    active: '当前密钥',
    number: (n: string) => `第 ${n} 把`,
    since: '启用于',
    state: '状态',
    sealed: '所有行都在当前密钥下',
    sealing: '正在重新加密',
    tables: '重新加密的进度',
    of: (done: string, all: string) => `${done} / ${all} 行`,
    rotate: '轮换密钥',
    rotateAll: '轮换所有企业',
    askTitle: '轮换本企业的数据密钥？',
    askAllTitle: '轮换平台上所有企业的数据密钥？',
    askAbout: '新密钥立即用于写入，已有的行在后台重新加密，期间照常读写。轮换不能撤销，也不需要：旧密钥仍可读取。',
    done: (n: number) => `已启用第 ${n} 把密钥，正在后台重新加密`,
    allDone: (n: string) => `已为 ${n} 个企业轮换密钥`,
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

  keys: {
    title: 'Data key',
    about:
      "Phone numbers, other personal fields and secrets stand in the database under the company's data key. After a rotation older keys still read, until all rows are sealed anew.",
    active: 'Active key',
    number: (n) => `Number ${n}`,
    since: 'Since',
    state: 'State',
    sealed: 'All rows are under the active key',
    sealing: 'Being sealed anew',
    tables: 'How far sealing is',
    of: (done, all) => `${done} of ${all} rows`,
    rotate: 'Rotate key',
    rotateAll: 'Rotate all companies',
    askTitle: "Rotate the company's data key?",
    askAllTitle: 'Rotate the data keys of all companies?',
    askAbout:
      'The new key is written with at once, and rows are sealed anew in the background while everything goes on. It cannot be taken back and need not be: older keys still read.',
    done: (n) => `Key number ${n} is active; rows are sealed anew in the background`,
    allDone: (n) => `The keys of ${n} companies were rotated`,
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
