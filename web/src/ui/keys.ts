import { type RefObject, useEffect, useEffectEvent } from 'react'

/** Keys of the page, by KeyboardEvent.key. They rest while someone types, and while a dialog has the floor. */
export function useKeys(keys: Record<string, () => void>): void {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    const act = keys[event.key]
    if (!act || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (typing(event.target) || document.querySelector('[role="dialog"]')) return
    event.preventDefault()
    act()
  })
  useEffect(() => {
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  )
}

/** j and k walk the rows of a list, which are the elements marked data-row inside it; Enter is the row's own. */
export function useListKeys(list: RefObject<HTMLElement | null>): void {
  function walk(step: 1 | -1) {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
    const at = rows.findIndex((row) => row.matches(':focus'))
    const next = at < 0 ? rows[step > 0 ? 0 : rows.length - 1] : rows[at + step]
    next?.focus()
    next?.scrollIntoView({ block: 'nearest' })
  }
  useKeys({ j: () => walk(1), k: () => walk(-1) })
}
