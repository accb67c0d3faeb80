import { describe, expect, test } from 'vitest'
import type { AppRange, CallItem, Scope } from '../../api/types'
import { validIp, validRedirect } from './allowed'
import { matching } from './matching'
import { lost } from './range'
import { newAddresses } from './refused'
import { isOld, schemes } from './schemes'
import { env, redeem, tokenV1, tokenV2 } from './snippets'

test.each([
  ['10.0.8.1', true],
  ['10.0.8.*', true],
  ['10.*.8.1', true],
  ['10.*.*.1', false],
  ['*', false],
  ['10.0.8', false],
  ['10.0.8.256', false],
  ['10.0.8.01', false],
  ['::1', true],
  ['2001:db8::8a2e:370:7334', true],
  ['2001:db8:0:0:0:0:0:*', false],
  ['10.0.8.0/24', true],
  ['10.0.8.0/33', false],
  ['10.0.8.0/08', false],
  ['10.0.8.*/24', false],
  ['10.0.8.0/24/1', false],
  ['2001:db8::/32', true],
  ['2001:db8::/129', false],
  ['1:2:3:4:5:6:7', false],
  ['1::2::3', false],
  ['', false],
  ['localhost', false],
])('address %s', (text, valid) => expect(validIp(text)).toBe(valid))

test.each([
  ['https://erp.example.com/cb?x=1', true],
  ['http://127.0.0.1:3000/cb', true],
  ['https://erp.example.com/#/cb', false],
  ['ftp://example.com', false],
  ['javascript:alert(1)', false],
  ['/cb', false],
])('redirect %s', (text, valid) => expect(validRedirect(text)).toBe(valid))

describe('what an application can no longer see', () => {
  const some = (departments: number[], users: string[]): AppRange => ({
    all: false,
    departments: departments.map((deptId) => ({ deptId, name: String(deptId) })),
    users: users.map((userId) => ({ userId, name: userId })),
  })
  const all: AppRange = { all: true, departments: [], users: [] }

  test('everything, when it saw everything', () => expect(lost(all, some([1], [])).all).toBe(true))
  test('nothing, when it sees everything', () => expect(lost(some([1], ['a']), all)).toEqual({ ...some([], []) }))
  test('exactly what was taken away', () => {
    expect(lost(some([1, 2], ['a', 'b']), some([2, 3], ['b']))).toEqual(some([1], ['a']))
  })
})

test('a scope is found by its code, its titles, and the operations behind it', () => {
  const scope = (name: string, path: string): Scope => ({
    scope: name,
    title: '通讯录部门信息读权限',
    titleEn: 'Read departments',
    grade: 'R1',
    kind: 'app',
    operations: [{ method: 'POST', path, title: '获取部门列表', grade: 'R1' }],
  })
  const all = [scope('qyapi_one', '/topapi/v2/department/listsub'), scope('qyapi_two', '/v1.0/contact')]
  const found = (search: string) => matching(all, search).map((one) => one.scope)
  expect(found('')).toHaveLength(2)
  expect(found('QYAPI_ONE')).toEqual(['qyapi_one'])
  expect(found('departments 部门')).toHaveLength(2)
  expect(found('listsub read')).toEqual(['qyapi_one'])
  expect(found('nothing')).toEqual([])
})

test('snippets survive a shell', () => {
  const credentials = { url: 'http://h:1', corpId: 'ding1', agentId: 7, appKey: 'k&1', appSecret: "s'2" }
  expect(env(credentials)).toContain(`APP_SECRET='s'\\''2'`)
  expect(env(credentials)).toContain(`APP_KEY='k&1'`)
  expect(tokenV1(credentials)).toBe(`curl 'http://h:1/gettoken?appkey=k%261&appsecret=s'\\''2'`)
  expect(tokenV2(credentials)).toContain(`{"appKey":"k&1","appSecret":"s'\\''2"}`)
  expect(redeem('http://h:1', 'c0de')).toContain(`-d '{"code":"c0de"}'`)
})

test('a refused address is told once, and no more once it is let in', () => {
  const call = (ip: string, at: number) => ({ ip, at }) as CallItem
  const calls = [call('203.0.113.24', 3), call('10.0.8.1', 2), call('203.0.113.24', 1)]
  expect(newAddresses(calls, ['10.0.8.1'])).toEqual([{ ip: '203.0.113.24', at: 3 }])
})

test('MD5 is told to be old, and the list has every scheme once', () => {
  expect(schemes.filter(isOld)).toEqual(['top-hmac-md5', 'top-md5', 'gov-md5'])
  expect(new Set(schemes).size).toBe(schemes.length)
})
