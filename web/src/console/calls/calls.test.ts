import { describe, expect, test } from 'vitest'
import { bars } from './bars'
import { outcomeOf } from './outcomes'

describe('how a call ended', () => {
  test.each([
    ['v1', 200, '0', 'ok'],
    ['v1', 200, '', 'ok'],
    ['v1', 200, '60011', 'refused'],
    ['v1', 200, '-1', 'error'],
    ['v1', 404, '', 'refused'],
    ['v2', 200, '', 'ok'],
    ['v2', 403, 'Forbidden.AccessDenied', 'refused'],
    ['v2', 501, 'NotOffered', 'refused'],
    ['v2', 500, 'InternalError', 'error'],
    ['console', 401, 'SessionRequired', 'refused'],
  ] as const)('%s %d %s', (dialect, status, code, outcome) => {
    expect(outcomeOf({ dialect, status, code })).toBe(outcome)
  })
})

describe('bars', () => {
  test('the tallest reaches the top, and parts lie on each other', () => {
    const [first, second] = bars(
      [
        { at: 0, ok: 6, refused: 2, error: 2 },
        { at: 1, ok: 5, refused: 0, error: 0 },
      ],
      100,
    )
    expect(first).toEqual([
      { kind: 'error', y: 80, height: 20 },
      { kind: 'refused', y: 60, height: 20 },
      { kind: 'ok', y: 0, height: 60 },
    ])
    expect(second).toEqual([{ kind: 'ok', y: 50, height: 50 }])
  })

  test('a single refusal among many calls can be seen', () => {
    const [bar] = bars([{ at: 0, ok: 100_000, refused: 1, error: 0 }], 60)
    expect(bar?.[0]).toEqual({ kind: 'refused', y: 58, height: 2 })
    expect(bar?.[1]?.y).toBe(0)
  })

  test('quiet times have no bars', () => {
    expect(bars([{ at: 0, ok: 0, refused: 0, error: 0 }], 60)).toEqual([[]])
    expect(bars([], 60)).toEqual([])
  })
})
