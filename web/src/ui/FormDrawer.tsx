import { Alert, Button, Drawer } from 'antd'
import type { ReactNode } from 'react'
import { Told } from './failure'
import css from './form.module.css'
import { useWords } from './preferences'
import { words } from './words'

interface Props {
  title: string
  /** The button that does it, named after the act. */
  act: string
  busy: boolean
  /** Why it was refused. */
  error: unknown
  size?: number
  onAct: () => void
  onClose: () => void
  /** Beside the buttons, to the left: what else can be done to the same thing. */
  aside?: ReactNode
  children: ReactNode
}

/** A form beside the list that it adds to or changes. */
export function FormDrawer({ title, act, busy, error, size = 640, onAct, onClose, aside, children }: Props) {
  const w = useWords(words)
  return (
    <Drawer
      open
      size={`min(${size}px, 100vw)`}
      title={title}
      onClose={onClose}
      closable={{ 'aria-label': w.close }}
      footer={
        <div className={css.foot}>
          {aside && <div className={css.aside}>{aside}</div>}
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button type="primary" loading={busy} onClick={onAct}>
            {act}
          </Button>
        </div>
      }
    >
      {error ? <Alert role="alert" type="error" title={<Told error={error} />} className={css.alert} /> : null}
      {children}
    </Drawer>
  )
}
