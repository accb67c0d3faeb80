import { Input } from 'antd'
import { useState } from 'react'
import type { ApiChanges } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { useWords } from '../../ui/preferences'
import { Chip } from '../../ui/text'
import css from './apis.module.css'
import { words } from './words'

interface Props {
  name: string
  title: string
  changes: ApiChanges | undefined
  onPublish: (note: string, confirm: string | undefined) => Promise<unknown>
  onClose: () => void
}

/** Asks before a publication, with what it changes; by name where it breaks calls. */
export function PublishApi({ name, title, changes, onPublish, onClose }: Props) {
  const w = useWords(words)
  const [note, setNote] = useState('')
  const [confirm, setConfirm] = useState('')
  const breaks = changes?.breaks === true
  return (
    <Ask
      title={title}
      act={w.publish}
      danger={breaks}
      ready={changes !== undefined && (!breaks || confirm === name)}
      onAct={() => onPublish(note, breaks ? confirm : undefined)}
      onClose={onClose}
    >
      <h3>{w.changes}</h3>
      {changes?.list.length === 0 && <p>{w.noChanges}</p>}
      <ul className={css.findings}>
        {changes?.list.map((one) => (
          <li key={`${one.operation} ${one.field ?? ''} ${one.what}`}>
            <span className={css.bar}>
              {one.breaks && <Chip tone="bad">{w.breaks}</Chip>}
              <code className={css.wrap}>{one.operation}</code>
              {one.what}
            </span>
          </li>
        ))}
      </ul>
      <Input
        className={css.field}
        aria-label={w.note}
        placeholder={w.note}
        maxLength={200}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      {breaks && (
        <label>
          {w.confirm(name)}
          <Input className={css.field} value={confirm} onChange={(event) => setConfirm(event.target.value)} />
        </label>
      )}
    </Ask>
  )
}
