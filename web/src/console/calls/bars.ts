import type { CallBucket, CallOutcome } from '../../api/types'

export interface Part {
  kind: CallOutcome
  y: number
  height: number
}

/** Nothing that happened is thinner than this: one refusal among ten thousand calls is what one looks for. */
const least = 2

/** The parts of each bucket's bar, from the ground up; the tallest bar reaches the full height. */
export function bars(buckets: CallBucket[], height: number): Part[][] {
  const most = Math.max(1, ...buckets.map((bucket) => bucket.ok + bucket.refused + bucket.error))
  return buckets.map((bucket) => {
    let y = height
    const parts: Part[] = []
    // The rare ones stand at the ground, where they can be compared.
    for (const kind of ['error', 'refused', 'ok'] as const) {
      if (bucket[kind] === 0) continue
      const tall = Math.min(y, Math.max(least, (bucket[kind] / most) * height))
      y -= tall
      parts.push({ kind, y, height: tall })
    }
    return parts
  })
}
