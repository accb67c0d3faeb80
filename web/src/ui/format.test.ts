import { describe, expect, test } from 'vitest'
import { bytes, countdown, fieldOf, moment, offset, relative, shell, took } from './format'

const now = Date.UTC(2026, 10, 22, 8, 0, 0)
const minute = 60_000

describe('relative', () => {
  test.each([
    [now, '刚刚', 'just now'],
    [now + 4000, '刚刚', 'just now'],
    [now - 30_000, '30秒钟前', '30 seconds ago'],
    [now - 90_000, '1分钟前', '1 minute ago'],
    [now + 119 * minute, '1小时后', 'in 1 hour'],
    [now - 3 * 1440 * minute, '3天前', '3 days ago'],
    [now - 800 * 1440 * minute, '2年前', '2 years ago'],
  ])('%d', (at, zh, en) => {
    expect(relative(at, now, 'zh')).toBe(zh)
    expect(relative(at, now, 'en')).toBe(en)
  })
})

test.each([
  [0, ''],
  [20_000, ''],
  [120 * minute, '+2h'],
  [-30 * minute, '-30m'],
  [1705 * minute, '+1d 4h 25m'],
])('offset of %d', (ms, told) => expect(offset(ms)).toBe(told))

test.each([
  [300_000, '5:00'],
  [59_400, '1:00'],
  [1, '0:01'],
  [-5, '0:00'],
])('countdown of %d', (ms, told) => expect(countdown(ms)).toBe(told))

test.each([
  [840, '840 µs'],
  [12_430, '12.4 ms'],
  [340_200, '340 ms'],
  [3_204_000, '3.20 s'],
])('took %d', (us, told) => expect(took(us)).toBe(told))

test.each([
  [12, '12 B'],
  [1290, '1.3 KB'],
  [5 * 1024 * 1024, '5.0 MB'],
])('bytes of %d', (n, told) => expect(bytes(n)).toBe(told))

test.each([
  ['plain-1.0', 'plain-1.0'],
  ['two words', "'two words'"],
  ["it's", `'it'\\''s'`],
  ['', "''"],
])('shell word %s', (word, quoted) => expect(shell(word)).toBe(quoted))

test('a field for date and time gives back the moment it was given, to the minute', () => {
  const at = Date.UTC(2026, 2, 1, 12, 30)
  expect(moment(fieldOf(at + 31_000))).toBe(at)
  expect(moment('')).toBeUndefined()
  expect(moment(undefined)).toBeUndefined()
  expect(moment('soon')).toBeUndefined()
})
