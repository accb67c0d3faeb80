import { expect, test } from 'vitest'
import { parseMode, pickLang } from './choices'

test.each([
  ['en', ['zh-CN'], 'en'],
  [null, ['en-GB', 'zh-CN'], 'en'],
  [null, ['fr-FR', 'zh-TW'], 'zh'],
  [null, ['fr-FR'], 'zh'],
  ['klingon', ['en'], 'en'],
] as const)('language: chosen %s, browser %s', (stored, browser, lang) => {
  expect(pickLang(stored, browser)).toBe(lang)
})

test('a theme that is none of ours follows the system', () => {
  expect(parseMode('dark')).toBe('dark')
  expect(parseMode('sepia')).toBe('system')
  expect(parseMode(null)).toBe('system')
})
