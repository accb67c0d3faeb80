import { expect, test } from 'vitest'
import { narrowed, operationsFilter, parseOperationSearch, parseOperationsSearch } from './search'

test('an address narrows the catalogue, by grade as by all else', () => {
  const search = parseOperationsSearch({ q: ' user ', grade: 'R2', dialect: 'v3', state: 'closed', which: 'offered' })
  expect(narrowed(search)).toBe(true)
  expect(operationsFilter(search)).toEqual({
    search: 'user',
    grade: 'R2',
    dialect: undefined,
    scope: undefined,
    state: 'closed',
    which: 'offered',
  })
})

test('without a word about it the catalogue is what is offered', () => {
  const search = parseOperationsSearch({})
  expect(narrowed(search)).toBe(false)
  expect(operationsFilter(search).which).toBe('offered')
  expect(operationsFilter(parseOperationsSearch({ which: 'known' })).which).toBe('known')
})

test('an operation is named as a whole', () => {
  expect(parseOperationSearch({ name: 'GET /v1.0/contact/users/{unionId}' }).name).toBe(
    'GET /v1.0/contact/users/{unionId}',
  )
})
