import { App, Button } from 'antd'
import { Refusal } from '../api/call'
import { useWords } from './preferences'
import css from './states.module.css'
import { Id } from './text'
import { words } from './words'

/** What went wrong, in words for the person: the platform's own where it answered. */
export function Told({ error }: { error: unknown }) {
  const w = useWords(words)
  if (!(error instanceof Refusal)) return <p>{w.unreachable}</p>
  return (
    <>
      <p>{error.message}</p>
      {error.hint && <p className={css.hint}>{error.hint}</p>}
      <p className={css.ids}>
        <code>{error.code}</code>
        {error.requestId && <Id text={error.requestId} what={w.requestId} />}
      </p>
    </>
  )
}

/** In place of what could not be loaded. */
export function Failure({ error, retry }: { error: unknown; retry: () => void }) {
  const w = useWords(words)
  return (
    <div className={css.state} role="alert">
      <span className={`${css.glyph} ${css.bad}`} aria-hidden>
        !
      </span>
      {!(error instanceof Refusal) && <h2>{w.unreachableTitle}</h2>}
      <Told error={error} />
      <Button onClick={retry}>{w.retry}</Button>
    </div>
  )
}

/** Tells of a failed act, in a corner, with what is needed to report it. */
export function useReport(): (error: unknown) => void {
  const { notification } = App.useApp()
  const w = useWords(words)
  return (error) => {
    const title = error instanceof Refusal ? error.message : w.unreachableTitle
    const description =
      error instanceof Refusal
        ? [error.hint, `${error.code} · ${error.requestId}`].filter(Boolean).map((line) => <p key={line}>{line}</p>)
        : w.unreachable
    notification.error({ key: title, title, description, duration: 8 })
  }
}
