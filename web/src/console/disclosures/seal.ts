import type { Seal } from '../../api/types'

type Kept = Pick<Seal, 'seq' | 'hash' | 'at' | 'sig'>

/** A seal as it was kept, whatever else its JSON has; undefined for what is none. */
export function keptSeal(text: string): Kept | undefined {
  let read: Partial<Seal> | null
  try {
    read = JSON.parse(text)
  } catch {
    return undefined
  }
  const { seq, hash, at, sig } = read ?? {}
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(at) || typeof hash !== 'string' || typeof sig !== 'string') {
    return undefined
  }
  return { seq: seq as number, hash, at: at as number, sig }
}
