import type { ReactNode } from 'react'
import css from './states.module.css'
import { Snippet } from './text'

interface Props {
  icon: ReactNode
  title: string
  text?: string
  action?: ReactNode
  /** The same act on the command line, for those who live there. */
  cli?: { told: string; line: string }
}

export function Empty({ icon, title, text, action, cli }: Props) {
  return (
    <div className={css.state}>
      <span className={css.glyph} aria-hidden>
        {icon}
      </span>
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {action && <div className={css.action}>{action}</div>}
      {cli && (
        <div className={css.cli}>
          <p>{cli.told}</p>
          <Snippet text={cli.line} what={cli.told} />
        </div>
      )}
    </div>
  )
}
