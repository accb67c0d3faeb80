import { expect, test } from 'vitest'
import { parseAppSearch } from './console/apps/search'
import { callsFilter, narrowed, parseCallsSearch } from './console/calls/search'
import { parseSignInSearch } from './console/entry/search'
import { parseSearch, stringifySearch, whole } from './search'

test('what is written into an address is read back from it', () => {
  const search = { q: '订单 & 发货', id: '0012', state: undefined, path: '' }
  const text = stringifySearch(search)
  expect(parseSearch(text)).toEqual({ q: '订单 & 发货', id: '0012' })
  expect(stringifySearch({})).toBe('')
})

test.each([
  ['12', 12],
  ['-1', undefined],
  ['1.5', undefined],
  ['1e99', undefined],
  ['', undefined],
  [undefined, undefined],
])('whole number of %s', (value, n) => expect(whole(value)).toBe(n))

test.each([
  ['/apps/12?tab=scopes', '/apps/12?tab=scopes'],
  ['//evil.example', undefined],
  ['/\\evil.example', undefined],
  ['https://evil.example', undefined],
  ['javascript:alert(1)', undefined],
])('return to %s', (back, allowed) => expect(parseSignInSearch({ return: back }).return).toBe(allowed))

test('a filter of the log is only what the address says', () => {
  const search = parseCallsSearch({ outcome: 'refused', app: '7', q: ' 订单 ', since: 'soon', other: 'x' })
  expect(callsFilter(search)).toEqual({ outcome: 'refused', agentId: 7, search: '订单' })
  expect(narrowed(search)).toBe(true)
  expect(narrowed(parseCallsSearch({ outcome: 'everything', live: 'yes' }))).toBe(false)
})

test('the first tab has no mark in the address', () => {
  expect(parseAppSearch({ tab: 'overview' }).tab).toBeUndefined()
  expect(parseAppSearch({ tab: 'scopes' }).tab).toBe('scopes')
  expect(parseAppSearch({ tab: 'nothing' }).tab).toBeUndefined()
})
