import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'

interface Clocks {
  corp: number
  real: number
}

const Context = createContext<Clocks | undefined>(undefined)

interface Props {
  /** How far the platform's real clock is from this browser's. */
  ahead: number
  /** How far the corp's clock was moved from the platform's. */
  moved: number
  children: ReactNode
}

/** Gives the present time to everything below, on one timer for the whole page. */
export function NowProvider({ ahead, moved, children }: Props) {
  const [here, setHere] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setHere(Date.now()), 5000)
    return () => clearInterval(timer)
  }, [])
  const clocks = useMemo(() => ({ corp: here + ahead + moved, real: here + ahead }), [here, ahead, moved])
  return <Context value={clocks}>{children}</Context>
}

/**
 * The present time, as fresh as a list of relative times needs it. What a company has is dated by its own clock, which
 * can be moved; what happened to the platform, as the calls it answered, by the real one.
 */
export function useNow(clock: keyof Clocks = 'corp'): number {
  const clocks = use(Context)
  if (clocks === undefined) throw new Error('useNow outside NowProvider')
  return clocks[clock]
}
