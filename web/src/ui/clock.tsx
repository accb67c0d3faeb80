import { createContext, type ReactNode, use, useEffect, useState } from 'react'

const Context = createContext<number | undefined>(undefined)

/**
 * Gives the corp's present time to everything below, on one timer for the whole page. The corp's clock may stand apart
 * from the browser's: because it was moved, or because the two machines disagree.
 */
export function NowProvider({ ahead, children }: { ahead: number; children: ReactNode }) {
  const [real, setReal] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setReal(Date.now()), 5000)
    return () => clearInterval(timer)
  }, [])
  return <Context value={real + ahead}>{children}</Context>
}

/** The corp's present time, as fresh as a list of relative times needs it. */
export function useNow(): number {
  const now = use(Context)
  if (now === undefined) throw new Error('useNow outside NowProvider')
  return now
}
