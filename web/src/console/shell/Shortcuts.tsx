import { Modal } from 'antd'
import { useWords } from '../../ui/preferences'
import { words as common } from '../../ui/words'
import { keyOf, places } from './places'
import css from './shell.module.css'
import { words } from './words'

export function Shortcuts({ onClose }: { onClose: () => void }) {
  const names = useWords(words)
  const w = names.keys
  const c = useWords(common)
  const rows = [
    ['/', w.search],
    ['n', w.create],
    ['j', w.next],
    ['k', w.previous],
    ['Enter', w.open],
    ['Esc', w.close],
    ...places.map((place, at) => [keyOf(at), w.go(names[place])]),
    ['?', w.help],
  ]
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
