import { expect, test } from 'vitest'
import { readable } from './arguments'

test.each([
  ['{"userid":"lina"}', '{\n  "userid": "lina"\n}'],
  ['{"userid":"lin…', '{"userid":"lin…'],
  ['', ''],
])('the arguments %j are shown as %j', (text, shown) => {
  expect(readable(text)).toBe(shown)
})
