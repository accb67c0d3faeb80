import { expect, test } from 'vitest'
import { compare } from './compare'

test('every leaf is shown before and after, and what is gone is told from what is masked', () => {
  const before = {
    errcode: 0,
    result: { userid: 'lina', mobile: '13900001111', email: 'a@b.c', dept: [1, 2], none: null },
  }
  const after = { errcode: 0, result: { userid: 'lina', mobile: '139****1111', dept: [1, 2], none: null } }
  expect(compare(JSON.stringify(before), JSON.stringify(after))).toEqual([
    { field: 'errcode', before: '0', after: '0', changed: false },
    { field: 'result.userid', before: 'lina', after: 'lina', changed: false },
    { field: 'result.mobile', before: '13900001111', after: '139****1111', changed: true },
    { field: 'result.email', before: 'a@b.c', after: undefined, changed: true },
    { field: 'result.dept[0]', before: '1', after: '1', changed: false },
    { field: 'result.dept[1]', before: '2', after: '2', changed: false },
    { field: 'result.none', before: 'null', after: 'null', changed: false },
  ])
})

test('an answer that is no JSON is one leaf', () => {
  expect(compare('ok', 'ok')).toEqual([{ field: '', before: 'ok', after: 'ok', changed: false }])
})
