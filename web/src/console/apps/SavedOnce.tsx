import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Checkbox, Modal, Tabs } from 'antd'
import { useState } from 'react'
import { platform, session } from '../../api/session'
import { Facts } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import { Id, Secret, Snippet } from '../../ui/text'
import css from './apps.module.css'
import { env, tokenV1, tokenV2 } from './snippets'
import { words } from './words'

interface Props {
  agentId: number
  appKey: string
  appSecret: string
  /** When the rotated secret goes, said where there is one. */
  note?: string
  onDone: () => void
}

/** The only time a secret is seen. There is no way out but saying that it is kept. */
export function SavedOnce({ agentId, appKey, appSecret, note, onDone }: Props) {
  const w = useWords(words)
  const [saved, setSaved] = useState(false)
  const { data: who } = useQuery(session)
  const { data: info } = useQuery(platform)
  const credentials = { url: info?.url ?? location.origin, corpId: who?.corpId ?? '', agentId, appKey, appSecret }
  const hidden = { ...credentials, appSecret: '••••••••' }
  return (
    <Modal
      open
      centered
      width={640}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      title={w.once.title}
      footer={
        <div className={css.onceFoot}>
          <Checkbox checked={saved} onChange={(event) => setSaved(event.target.checked)}>
            {w.once.saved}
          </Checkbox>
          <Button type="primary" disabled={!saved} onClick={onDone}>
            {w.once.done}
          </Button>
        </div>
      }
    >
      <div className={css.once}>
        <Alert type="warning" showIcon title={note ? `${w.once.about} ${note}` : w.once.about} />
        <Facts
          rows={[
            [w.agentId, <Id key="id" text={String(agentId)} what={w.agentId} />],
            [w.appKey, <Id key="key" text={appKey} what={w.appKey} />],
            [w.once.secret, <Secret key="secret" text={appSecret} what={w.once.secret} />],
          ]}
        />
        <Tabs
          size="small"
          items={[
            { key: 'env', label: w.once.env, of: env },
            { key: 'v1', label: w.once.v1, of: tokenV1 },
            { key: 'v2', label: w.once.v2, of: tokenV2 },
          ].map(({ key, label, of }) => ({
            key,
            label,
            children: <Snippet text={of(credentials)} shown={decodeURIComponent(of(hidden))} what={label} />,
          }))}
        />
      </div>
    </Modal>
  )
}
