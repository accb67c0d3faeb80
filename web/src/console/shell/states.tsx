import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { Button, Spin } from 'antd'
import { Refusal, Unreachable } from '../../api/call'
import { Failure } from '../../ui/failure'
import { useWords } from '../../ui/preferences'
import css from '../../ui/states.module.css'
import { words } from '../../ui/words'

/** While a page's code is on its way. */
export function Waiting() {
  const w = useWords(words)
  return (
    <div className={css.state} role="status" aria-label={w.loading}>
      <Spin />
    </div>
  )
}

/** In place of a page that could not be shown. */
export function Failed({ error, reset }: ErrorComponentProps) {
  const w = useWords(words)
  const router = useRouter()
  if (error instanceof Refusal || error instanceof Unreachable) {
    return (
      <Failure
        error={error}
        retry={() => {
          reset()
          void router.invalidate()
        }}
      />
    )
  }
  return (
    <div className={css.state} role="alert">
      <span className={`${css.glyph} ${css.bad}`} aria-hidden>
        !
      </span>
      <h2>{w.brokenTitle}</h2>
      <p>{w.broken}</p>
      <Button onClick={() => location.reload()}>{w.reload}</Button>
    </div>
  )
}
