import { Modal } from 'antd'
import { useWords } from '../../ui/preferences'
import { words as common } from '../../ui/words'
import css from './shell.module.css'
import { words } from './words'

export function Shortcuts({ onClose }: { onClose: () => void }) {
  const w = useWords(words).keys
  const c = useWords(common)
  const rows = [
    ['/', w.search],
    ['n', w.create],
    ['j', w.next],
    ['k', w.previous],
    ['Enter', w.open],
    ['Esc', w.close],
    ['1', w.apps],
    ['2', w.calls],
    ['?', w.help],
  ] as const
  return (
    <Modal
      open
      centered
      width={400}
      title={w.title}
      footer={null}
      onCancel={onClose}
      closable={{ 'aria-label': c.close }}
    >
      <dl className={css.keys}>
        {rows.map(([key, told]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{told}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
