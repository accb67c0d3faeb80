import { describe, expect, test } from 'vitest'
import type { LimitPackage, LimitUsage, Trial } from '../../api/types'
import { orderOf, stateOf } from './packages'
import { fullness, parseLimitsSearch, shownRules } from './search'
import { eachApp, levelsOf, told, whatsOf, windowsOf } from './subject'
import { dayBars, sums } from './trial'

const usage = (id: string, used: number, max: number, rule: Partial<LimitUsage['rule']> = {}): LimitUsage => ({
  used,
  remaining: Math.max(0, max - used),
  resetAt: 0,
  wouldRefuse: 0,
  rule: {
    id,
    platform: false,
    default: false,
    level: 2,
    window: 'minute',
    max,
    shadow: false,
    createdAt: 0,
    createdBy: '',
    changedAt: 0,
    changedBy: '',
    ...rule,
  },
})

describe('rules', () => {
  const all = [
    usage('a', 1, 10, { agentId: 7, appName: 'Orders', operation: '/topapi/v2/user/get' }),
    usage('b', 9, 10, { agentId: 8, appName: '考勤' }),
    usage('c', 0, 0, { operation: '/get_jsapi_ticket' }),
    usage('d', 1, 10, { agentId: 7, appName: 'Orders', group: 'directory.read' }),
  ]
  const shown = (search: Parameters<typeof shownRules>[1]) => shownRules(all, search).map(({ rule }) => rule.id)

  test('those nearest to their limit come first', () => expect(shown({})).toEqual(['c', 'b', 'a', 'd']))
  test('a limit of nothing is full', () => expect(all.map(fullness)).toEqual([0.1, 0.9, 1, 0.1]))
  test('by app', () => expect(shown({ app: 7 })).toEqual(['a', 'd']))
  test('by words of the app, the operation or the group', () => {
    expect(shown({ q: ' orders' })).toEqual(['a', 'd'])
    expect(shown({ q: 'jsapi' })).toEqual(['c'])
    expect(shown({ q: 'Directory' })).toEqual(['d'])
    expect(shown({ q: 'nothing' })).toEqual([])
  })
})

test('an address says what it means, and nothing else', () => {
  expect(parseLimitsSearch({ tab: 'rules', app: 'x', rule: 'new', platform: 'no' })).toEqual({
    tab: undefined,
    q: undefined,
    app: undefined,
    platform: undefined,
    rule: 'new',
    op: undefined,
    grant: undefined,
  })
  expect(parseLimitsSearch({ tab: 'groups' }).tab).toBe('groups')
})

describe('what a rule may be', () => {
  test('of all apps together only operations, at any window', () => {
    expect(whatsOf(undefined)).toEqual(['operation', 'each'])
    expect(windowsOf({ what: 'operation' })).toEqual(['second', 'minute', 'day'])
    expect(levelsOf({ what: 'operation' }, 'day')).toEqual([1])
  })
  test('of each app by itself anything but a group', () => {
    expect(whatsOf(eachApp)).toEqual(['all', 'operation', 'each'])
    expect(windowsOf({ agentId: eachApp, what: 'all' })).toEqual(['minute', 'day'])
    expect(windowsOf({ agentId: eachApp, what: 'each' })).toContain('second')
    expect(told({ agentId: eachApp, what: 'each', operation: '/x' })).toEqual({ agentId: -1, operation: '*' })
  })
  test('of an app all and groups not by the second', () => {
    expect(windowsOf({ agentId: 7, what: 'all' })).toEqual(['minute', 'day'])
    expect(windowsOf({ agentId: 7, what: 'group' })).toEqual(['minute', 'day'])
    expect(windowsOf({ agentId: 7, what: 'operation' })).toContain('second')
  })
  test('only all of an app by day has a choice of level', () => {
    expect(levelsOf({ agentId: 7, what: 'all' }, 'day')).toEqual([1, 2])
    expect(levelsOf({ agentId: 7, what: 'all' }, 'minute')).toEqual([2])
    expect(levelsOf({ agentId: 7, what: 'group' }, 'day')).toEqual([2])
  })
  test('what was chosen before is not told when another thing is meant', () => {
    expect(told({ agentId: 7, what: 'all', operation: '/x', group: 'g' })).toEqual({ agentId: 7 })
    expect(told({ what: 'group', operation: '/x', group: 'g' })).toEqual({ group: 'g' })
  })
})

describe('packages', () => {
  const one = (id: string, change: Partial<LimitPackage>): LimitPackage => ({
    id,
    agentId: 7,
    appName: 'Orders',
    amount: 10,
    remaining: 5,
    startsAt: 100,
    endsAt: 200,
    createdAt: 0,
    createdBy: '',
    ...change,
  })
  test('begin, are used up, and end', () => {
    expect(stateOf(one('a', {}), 99)).toBe('coming')
    expect(stateOf(one('a', {}), 100)).toBe('active')
    expect(stateOf(one('a', { remaining: 0 }), 100)).toBe('empty')
    expect(stateOf(one('a', {}), 200)).toBe('ended')
  })
  test('are consumed in their order, each app its own', () => {
    const list = [
      one('gone', { endsAt: 120 }),
      one('first', {}),
      one('others', { agentId: 8 }),
      one('empty', { remaining: 0 }),
      one('second', {}),
    ]
    expect([...orderOf(list, 150)]).toEqual([
      ['first', 1],
      ['others', 1],
      ['second', 2],
    ])
  })
})

test('a trial is summed, and drawn day by day', () => {
  const day = Date.UTC(2026, 2, 1)
  const trial: Trial = {
    list: [],
    days: [
      { startsAt: day, calls: 3, refused: 0 },
      { startsAt: day + 86_400_000, calls: 1200, refused: 5 },
    ],
  }
  expect(sums(trial)).toEqual({ calls: 1203, refused: 5 })
  const bars = dayBars(trial.days, 'en', (at, calls, refused) => `${at}: ${calls}, ${refused}`)
  expect(bars.map((bar) => [bar.all, bar.bad])).toEqual([
    [3, 0],
    [1200, 5],
  ])
  expect(bars[1]?.told).toMatch(/: 1,200, 5$/)
})
