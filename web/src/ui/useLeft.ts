import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { clock } from '../api/session'

/** Milliseconds until a moment of the corp's clock, counted down twice a second; below zero when it has passed. */
export function useLeft(until: number): number {
  const { data: time } = useQuery(clock)
  const [real, setReal] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setReal(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  return until - real - (time ? time.ahead + time.offsetMs : 0)
}
