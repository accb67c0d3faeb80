import { Button, Tooltip } from 'antd'
import { type ReactNode, useState } from 'react'
import { Copy } from './Copy'
import { useNow } from './clock'
import { exact, relative } from './format'
import { EyeInvisibleOutlined, EyeOutlined } from './icons'
import { usePreferences, useWords } from './preferences'
import css from './text.module.css'
import { words } from './words'

/** An id as people copy it. */
export function Id({ text, what }: { text: string; what: string }) {
  return (
    <span className={css.id}>
      <code>{text}</code>
      <Copy text={text} what={what} />
    </span>
  )
}

/** A secret in full, hidden until asked for. */
export function Secret({ text, what }: { text: string; what: string }) {
  const w = useWords(words)
  const [shown, setShown] = useState(false)
  const label = `${shown ? w.hide : w.show} ${what}`
  return (
    <span className={css.id}>
      <code>{shown ? text : '•'.repeat(24)}</code>
      <Tooltip title={label} mouseEnterDelay={0.4}>
        <Button
          type="text"
          size="small"
          className={css.iconButton}
          aria-label={label}
          icon={shown ? <EyeInvisibleOutlined /> : <EyeOutlined />}
          onClick={() => setShown(!shown)}
        />
      </Tooltip>
      <Copy text={text} what={what} />
    </span>
  )
}

/** Lines to paste elsewhere. `text` is what is copied; `shown` is what is seen, where a secret should stay hidden. */
export function Snippet({ text, shown, what }: { text: string; shown?: string; what: string }) {
  return (
    <div className={css.snippet}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, and must be able to without a mouse */}
      <pre tabIndex={0}>{shown ?? text}</pre>
      <Copy text={text} what={what} />
    </div>
  )
}

/** A moment: how long ago, by the corp's clock unless told otherwise, and exactly when on hover. */
export function Time({ at, clock }: { at: number; clock?: 'real' }) {
  const { lang } = usePreferences()
  const now = useNow(clock)
  return (
    <Tooltip title={exact(at, lang)}>
      <time dateTime={new Date(at).toISOString()} className={css.time}>
        {relative(at, now, lang)}
      </time>
    </Tooltip>
  )
}

export type Tone = 'good' | 'warn' | 'bad' | 'cool' | 'sea' | 'plum' | 'dull'

export function Chip({
  tone,
  title,
  dot,
  children,
}: {
  tone: Tone
  title?: string
  dot?: boolean
  children: ReactNode
}) {
  const chip = (
    <span className={`${css.chip} ${css[tone]}`}>
      {dot && <i className={css.dot} aria-hidden />}
      {children}
    </span>
  )
  return title ? <Tooltip title={title}>{chip}</Tooltip> : chip
}

const gradeTones = { R1: 'cool', R2: 'sea', W1: 'warn', W2: 'bad' } as const

/** The grade of an operation, a permission point or an application's data. */
export function Grade({ grade }: { grade: keyof typeof gradeTones }) {
  const w = useWords(words)
  return (
    <Chip tone={gradeTones[grade]} title={w.grades[grade]}>
      {grade}
    </Chip>
  )
}
