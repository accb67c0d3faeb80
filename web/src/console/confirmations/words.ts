const zh = {
  title: '智能体确认',
  about: '智能体要替你执行的写操作。只有你本人能确认；一次确认只用于一次调用，参数一个字也不能不同。',
  asks: (program: string, app: string) => `${program} 通过「${app}」请求`,
  app: (agentId: number) => `应用 ${agentId}`,
  arguments: '参数',
  noArguments: '没有参数',
  number: '编号',
  left: (time: string) => `剩余 ${time}`,
  ended: '已过期',
  approve: '确认',
  reject: '拒绝',
  approveTitle: (what: string) => `确认「${what}」？`,
  approveAbout: (program: string) => `${program} 随后可以执行一次，参数如下：`,
  approved: '已确认，智能体再次发起同样的调用即可执行',
  rejected: '已拒绝',
  states: { waiting: '等待确认', approved: '已确认，尚未使用', rejected: '已拒绝', used: '已执行' },
  emptyTitle: '没有等待确认的请求',
  emptyText: '智能体要替你写入数据时，请求会出现在这里，10 分钟内有效。',
  emptyCli: '也可以在终端里查看',
}

export type Words = typeof zh

const en: Words = {
  title: 'Confirmations',
  about:
    'What assistants want to write for you. Only you can confirm; a confirmation is for one call with just these arguments.',
  asks: (program, app) => `${program} asks, through “${app}”`,
  app: (agentId) => `app ${agentId}`,
  arguments: 'Arguments',
  noArguments: 'No arguments',
  number: 'Number',
  left: (time) => `${time} left`,
  ended: 'Ended',
  approve: 'Confirm',
  reject: 'Reject',
  approveTitle: (what) => `Confirm “${what}”?`,
  approveAbout: (program) => `${program} can then do it once, with these arguments:`,
  approved: 'Confirmed; it is done when the assistant makes the same call again',
  rejected: 'Rejected',
  states: { waiting: 'Waiting', approved: 'Confirmed, not used yet', rejected: 'Rejected', used: 'Done' },
  emptyTitle: 'Nothing waits for you',
  emptyText: 'When an assistant wants to write something for you it is shown here, for ten minutes.',
  emptyCli: 'Or list them in a terminal',
}

export const words = { zh, en }
