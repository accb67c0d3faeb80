import { type ReactNode, useEffect } from 'react'
import css from './page.module.css'

interface Props {
  title: string
  /** Where one came from, above the title. */
  above?: ReactNode
  /** Before the title. */
  face?: ReactNode
  /** Beside the title. */
  mark?: ReactNode
  /** Under the title. */
  about?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

export function Page({ title, above, face, mark, about, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Gatepost`
  }, [title])
  return (
    <div className={css.page}>
      {above}
      <header className={css.head}>
        <div className={css.heading}>
          {face}
          <div>
            <h1>
              {title}
              {mark}
            </h1>
            {about && <div className={css.about}>{about}</div>}
          </div>
        </div>
        {actions && <div className={css.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}

/** A sheet that things lie on. */
export function Panel({ title, about, actions, flush, children }: PanelProps) {
  return (
    <section className={css.panel}>
      {title && (
        <header className={css.panelHead}>
          <div>
            <h2>{title}</h2>
            {about && <p>{about}</p>}
          </div>
          {actions && <div className={css.actions}>{actions}</div>}
        </header>
      )}
      <div className={flush ? undefined : css.panelBody}>{children}</div>
    </section>
  )
}

interface PanelProps {
  title?: string
  about?: ReactNode
  actions?: ReactNode
  /** The content reaches the edges, as a list does. */
  flush?: boolean
  children: ReactNode
}

/** Names and values, side by side. */
export function Facts({ rows }: { rows: [name: string, value: ReactNode][] }) {
  return (
    <dl className={css.facts}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
