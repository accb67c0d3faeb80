import { Alert, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import css from './ask.module.css'
import { Told } from './failure'
import { useWords } from './preferences'
import { words } from './words'

interface Props {
  title: string
  /** The button that does it, named after the act. */
  act: string
  danger?: boolean
  /** What stops working, one by one and by name. */
  stops?: ReactNode[]
  /** False while something the person must give first is missing. */
  ready?: boolean
  children?: ReactNode
  onAct: () => Promise<unknown>
  onClose: () => void
}

/** Asks before an act. It stays open until the act is done, and shows why when it was refused. */
export function Ask({ title, act, danger, stops, ready = true, children, onAct, onClose }: Props) {
  const w = useWords(words)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()

  async function go() {
    setBusy(true)
    setError(undefined)
    try {
      await onAct()
      onClose()
    } catch (err) {
      setError(err)
      setBusy(false)
    }
  }

  return (
    <Modal
      open
      centered
      title={title}
      okText={act}
      cancelText={w.cancel}
      okButtonProps={{ danger, disabled: !ready }}
      confirmLoading={busy}
      onOk={go}
      onCancel={onClose}
      closable={{ 'aria-label': w.close }}
      width={520}
    >
      <div className={css.body}>
        {children}
        {stops && stops.length > 0 && (
          <div className={css.stops}>
            <p>{w.stops}</p>
            <ul>
              {stops.map((stop, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the list is fixed while the question stands
                <li key={at}>{stop}</li>
              ))}
            </ul>
          </div>
        )}
        {error !== undefined && <Alert type="error" title={<Told error={error} />} />}
      </div>
    </Modal>
  )
}
