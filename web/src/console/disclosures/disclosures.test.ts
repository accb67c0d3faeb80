import { expect, test } from 'vitest'
import { keptSeal } from './seal'
import { disclosuresFilter, narrowed, parseDisclosuresSearch } from './search'

test('what the address says is what the platform is asked for', () => {
  const search = parseDisclosuresSearch({ person: 'lina', app: '7', since: '5', until: 'x', record: '3', q: 'no' })
  expect(search).toEqual({ person: 'lina', app: 7, since: 5, record: 3 })
  expect(disclosuresFilter(search)).toEqual({ personId: 'lina', agentId: 7, since: 5 })
  expect(narrowed(search)).toBe(true)
  expect(narrowed({ record: 3 })).toBe(false)
})

test.each([
  ['{"seq":3,"hash":"ab","at":5,"sig":"xx","key":"kk"}', { seq: 3, hash: 'ab', at: 5, sig: 'xx' }],
  ['{"seq":"3","hash":"ab","at":5,"sig":"xx"}', undefined],
  ['{"seq":3}', undefined],
  ['null', undefined],
  ['not a seal', undefined],
])('the seal %s is read as %o', (text, seal) => {
  expect(keptSeal(text)).toEqual(seal)
})
