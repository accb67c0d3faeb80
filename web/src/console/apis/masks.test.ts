import { expect, test } from 'vitest'
import { parse, spell } from './masks'

test('masks are lines and back', () => {
  const text = "$.list[*].mobile = phone\n$['a = b'] = hide below R2"
  const read = parse(`\n  ${text}  \n`)
  expect(read).toEqual({
    masks: [
      { path: '$.list[*].mobile', kind: 'phone' },
      { path: "$['a = b']", kind: 'hide', below: 'R2' },
    ],
  })
  expect('masks' in read && spell(read.masks)).toBe(text)
  expect(parse('$.a = phone\nmobile: phone')).toEqual({ wrong: 'mobile: phone' })
  expect(parse('$.a = phone below R1')).toEqual({ wrong: '$.a = phone below R1' })
})
