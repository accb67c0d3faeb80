const zh = {
  title: '查看记录',
  about: '谁看到或改动了谁的哪些敏感字段。每条记录都含上一条的哈希，并由平台定期签名。',

  filter: {
    person: '被查看的人',
    personAny: '任何人',
    user: '查看者',
    userAny: '任何查看者',
    field: '字段，如 mobile',
    since: '从',
    until: '到',
    clear: '清除筛选',
  },

  at: '时间',
  who: '查看者',
  fields: '字段',
  people: '关于谁',
  operation: '接口',
  number: '记录号',
  saw: '查看',
  changed: '改动',
  peopleOf: (n: string) => `共 ${n} 人`,
  more: (n: string) => `等 ${n} 人`,
  open: (seq: number, what: string) => `打开记录 ${seq}：${what}`,
  as: { app: '应用', person: '员工', administrator: '管理员', operator: '平台运营者', session: '员工' } as Record<
    string,
    string
  >,

  emptyTitle: '还没有查看记录',
  emptyText: '应用或管理员看到未脱敏的手机号、邮箱等 R2 字段时，会在这里留下记录。',
  emptyCli: '也可以在终端里查看',
  noneTitle: '没有匹配的记录',
  noneText: '放宽筛选条件，或者清除它们。',

  detail: {
    title: (seq: string) => `查看记录 ${seq}`,
    gone: '没有这条记录',
    goneText: '它可能已按保留期限移除；移除本身也有签名的墓碑，校验时会核对。',
    at: '时间',
    kind: '动作',
    app: '应用',
    user: '人员',
    call: '请求日志',
    cut: (shown: string, all: string) => `共 ${all} 人，记录列出前 ${shown} 人，其余以哈希保存。`,
    only: (who: string) => `只看关于 ${who} 的记录`,
  },

  chain: {
    title: '校验与导出',
    about:
      '能证明：签名之前的记录没有被改动、删去、插入或调换；再用另外保存的封印比对，还能发现结尾被截去或整条链被重算。',
    verify: '校验整条链',
    seal: '取得封印',
    sealAbout: '封印是对最后一条记录的签名。请把它存到平台以外的地方。',
    exportAct: '导出',
    exportAbout:
      '导出所选时间内的全部记录（不按人员、应用或字段筛选），可用 gatepost audit verify 离线校验；--key 是封印里的 key，没有它只能相信文件自带的。',
    exporting: (n: string) => `已取得 ${n} 行`,
    exported: (n: string) => `已导出 ${n} 行`,
    file: (corp: string) => `查看记录-${corp}.jsonl`,
    kept: '用另外保存的封印校验',
    keptAbout: '粘贴以前取得的封印（JSON）',
    keptWrong: '需要含 seq、hash、at、sig 的 JSON',
    holds: '校验通过：链是完整的',
    holdsOf: (records: string, first: string, last: string) => `${records} 条记录，${first} 到 ${last}`,
    none: '还没有记录',
    sealed: (seals: string, to: string) => `${seals} 个封印，覆盖到记录 ${to}`,
    removed: (n: string) => `按保留期限移除 ${n} 条`,
    broken: (seq: string) => `从记录 ${seq} 起不成立`,
    what: '对不上的是',
    expected: '期望',
    found: '实际',
    show: '查看这条记录',
  },
}

export type Words = typeof zh

const en: Words = {
  title: 'Who saw what',
  about:
    'Who saw or changed which sensitive fields of whom. Each record holds the hash of the one before, and the platform signs them as they come.',

  filter: {
    person: 'Whom it is about',
    personAny: 'Anybody',
    user: 'Who saw it',
    userAny: 'Anybody',
    field: 'Field, like mobile',
    since: 'From',
    until: 'To',
    clear: 'Clear filters',
  },

  at: 'Time',
  who: 'Seen by',
  fields: 'Fields',
  people: 'About',
  operation: 'Operation',
  number: 'Number',
  saw: 'Saw',
  changed: 'Changed',
  peopleOf: (n) => `${n} people`,
  more: (n) => `of ${n} people`,
  open: (seq, what) => `Open record ${seq}: ${what}`,
  as: { app: 'App', person: 'Person', administrator: 'Administrator', operator: 'Operator', session: 'Person' },

  emptyTitle: 'No records yet',
  emptyText:
    'When an app or an administrator sees phone numbers, mail addresses or other R2 fields unmasked, it is recorded here.',
  emptyCli: 'Or list them in a terminal',
  noneTitle: 'No record matches',
  noneText: 'Widen the filters, or clear them.',

  detail: {
    title: (seq) => `Record ${seq}`,
    gone: 'There is no such record',
    goneText:
      'The retention may have removed it; what it removes leaves a signed tombstone, which is checked as the records are.',
    at: 'Time',
    kind: 'What happened',
    app: 'App',
    user: 'Person',
    call: 'Request log',
    cut: (shown, all) => `${all} people; the record names the first ${shown} and keeps the rest as a hash.`,
    only: (who) => `Only records about ${who}`,
  },

  chain: {
    title: 'Verify and export',
    about:
      'It proves that no record before the last seal was changed, dropped, added or swapped; with a seal kept elsewhere, also that the end was not cut and the whole was not computed anew.',
    verify: 'Verify the whole chain',
    seal: 'Get a seal',
    sealAbout: 'A seal is a signature of the last record. Keep it somewhere other than on this platform.',
    exportAct: 'Export',
    exportAbout:
      'All records of the chosen time, whatever person, app or field is chosen; gatepost audit verify checks the file without the platform. --key is the key of a seal; without it the file is believed about its own.',
    exporting: (n) => `${n} lines so far`,
    exported: (n) => `${n} lines exported`,
    file: (corp) => `disclosures-${corp}.jsonl`,
    kept: 'Verify with a seal kept elsewhere',
    keptAbout: 'Paste a seal got before (JSON)',
    keptWrong: 'JSON with seq, hash, at and sig is expected',
    holds: 'It holds: the chain is whole',
    holdsOf: (records, first, last) => `${records} records, ${first} to ${last}`,
    none: 'No records yet',
    sealed: (seals, to) => `${seals} seals, up to record ${to}`,
    removed: (n) => `${n} removed by the retention`,
    broken: (seq) => `It does not hold from record ${seq} on`,
    what: 'What does not fit',
    expected: 'Expected',
    found: 'Found',
    show: 'Show this record',
  },
}

export const words = { zh, en }
