import { useSyncExternalStore } from 'react'

const narrow = matchMedia('(max-width: 767px)')

function watch(changed: () => void): () => void {
  narrow.addEventListener('change', changed)
  return () => narrow.removeEventListener('change', changed)
}

/** Whether the page is as narrow as a phone, where a table becomes a list of cards. */
export function useNarrow(): boolean {
  return useSyncExternalStore(watch, () => narrow.matches)
}
