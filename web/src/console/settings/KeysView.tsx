import { Button, Skeleton } from 'antd'
import { useState } from 'react'
import type { KeyStatus } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Failure } from '../../ui/failure'
import { count } from '../../ui/format'
import { Meter } from '../../ui/Meter'
import { Facts, Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { Chip, Time } from '../../ui/text'
import css from '../apps/apps.module.css'
import own from './settings.module.css'
import { words } from './words'

interface Props {
  status: KeyStatus | undefined
  error: unknown
  operator: boolean
  onRetry: () => void
  onRotate: () => Promise<void>
  onRotateAll: () => Promise<void>
}

/** Under which key the company's personal fields and secrets stand, and how far a rotation is. */
export function KeysView({ status, error, operator, onRetry, onRotate, onRotateAll }: Props) {
  const w = useWords(words).keys
  const [asking, setAsking] = useState<'one' | 'all'>()
  const close = () => setAsking(undefined)
  return (
    <Panel
      title={w.title}
      about={w.about}
      actions={
        status && (
          <span className={css.buttons}>
            {operator && <Button onClick={() => setAsking('all')}>{w.rotateAll}</Button>}
            <Button onClick={() => setAsking('one')}>{w.rotate}</Button>
          </span>
        )
      }
    >
      {status ? (
        <Told status={status} />
      ) : error ? (
        <Failure error={error} retry={onRetry} />
      ) : (
        <Skeleton active paragraph={{ rows: 3 }} />
      )}
      {asking === 'one' && (
        <Ask title={w.askTitle} act={w.rotate} onAct={onRotate} onClose={close}>
          <p>{w.askAbout}</p>
        </Ask>
      )}
      {asking === 'all' && (
        <Ask title={w.askAllTitle} act={w.rotateAll} onAct={onRotateAll} onClose={close}>
          <p>{w.askAbout}</p>
        </Ask>
      )}
    </Panel>
  )
}

function Told({ status }: { status: KeyStatus }) {
  const w = useWords(words).keys
  const { lang } = usePreferences()
  const rows = status.tables.filter((table) => table.rows > 0)
  return (
    <div className={css.stack}>
      <Facts
        rows={[
          [w.active, w.number(count(status.key, lang))],
          [w.since, <Time key="since" at={status.since} clock="real" />],
          [
            w.state,
            <Chip key="state" dot tone={status.done ? 'good' : 'warn'}>
              {status.done ? w.sealed : w.sealing}
            </Chip>,
          ],
        ]}
      />
      <ul className={own.tables} aria-label={w.tables} aria-live="polite">
        {rows.map(({ table, older, rows: all }) => {
          const told = w.of(count(all - older, lang), count(all, lang))
          return (
            <li key={table}>
              <code>{table}</code>
              <Meter soft used={all - older} max={all} label={`${table}: ${told}`} />
              <span>{told}</span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
