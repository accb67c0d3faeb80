import { Input } from 'antd'
import { useState } from 'react'
import { Ask } from '../../ui/Ask'
import { useWords } from '../../ui/preferences'
import css from './apis.module.css'
import { words } from './words'

interface Props {
  name: string
  title: string
  operations: number
  onWithdraw: (confirm: string) => Promise<unknown>
  onClose: () => void
}

/** Asks by name before a version answers no more calls. */
export function WithdrawApi({ name, title, operations, onWithdraw, onClose }: Props) {
  const w = useWords(words)
  const [confirm, setConfirm] = useState('')
  return (
    <Ask
      title={title}
      act={w.withdraw}
      danger
      stops={[w.withdrawStops(operations)]}
      ready={confirm === name}
      onAct={() => onWithdraw(confirm)}
      onClose={onClose}
    >
      <label>
        {w.confirm(name)}
        <Input className={css.field} value={confirm} onChange={(event) => setConfirm(event.target.value)} />
      </label>
    </Ask>
  )
}
