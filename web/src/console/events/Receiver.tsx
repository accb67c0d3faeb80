import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { call } from '../../api/call'
import { eventsKey } from '../../api/events'
import type { Subscription } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Told } from '../../ui/failure'
import { Facts } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import { Id, Secret } from '../../ui/text'
import css from './events.module.css'
import { words } from './words'

/** Where a callback goes: whether that answers, what it needs to know, and another address. */
export function Receiver({ of }: { of: Subscription }) {
  const w = useWords(words).callback
  const client = useQueryClient()
  const request = { agentId: of.agentId, id: of.subscriptionId }
  const check = useMutation({ mutationFn: () => call('callback.check', request) })
  const reveal = useMutation({ mutationFn: () => call('callback.reveal', request) })
  const [moving, setMoving] = useState(false)
  const [url, setUrl] = useState(of.target ?? '')
  const shown = reveal.data
  return (
    <section>
      <div className={css.sectionHead}>
        <h3>{w.receiver}</h3>
        <span className={css.acts}>
          <Button size="small" loading={check.isPending} onClick={() => check.mutate()}>
            {w.check}
          </Button>
          <Button size="small" onClick={() => setMoving(true)}>
            {w.move}
          </Button>
          {!shown && (
            <Button size="small" loading={reveal.isPending} onClick={() => reveal.mutate()}>
              {w.reveal}
            </Button>
          )}
        </span>
      </div>
      <code className={css.target}>{of.target}</code>
      {check.data &&
        (check.data.accepted ? (
          <Alert role="status" type="success" showIcon title={w.checked(check.data.tookMs)} />
        ) : (
          <Alert
            role="status"
            type="error"
            showIcon
            title={w.refused(check.data.tookMs)}
            description={
              <Facts
                rows={[
                  [w.expected, check.data.expected ?? '—'],
                  [w.found, check.data.found],
                ]}
              />
            }
          />
        ))}
      {(check.error || reveal.error) && (
        <Alert role="alert" type="error" title={<Told error={check.error ?? reveal.error} />} />
      )}
      {shown && (
        <>
          <Facts
            rows={
              shown.form === 'webhook'
                ? [[w.secret, <Secret key="secret" text={shown.secret ?? ''} what={w.secret} />]]
                : [
                    [w.token, <Secret key="token" text={shown.token ?? ''} what={w.token} />],
                    [w.aesKey, <Secret key="aes" text={shown.aesKey ?? ''} what={w.aesKey} />],
                    [w.ownerKey, <Id key="owner" text={shown.ownerKey ?? ''} what={w.ownerKey} />],
                  ]
            }
          />
          <p className={css.quiet}>{w.revealed}</p>
        </>
      )}
      {moving && (
        <Ask
          title={w.move}
          act={w.moveAct}
          ready={URL.canParse(url) && url !== of.target}
          onAct={async () => {
            await call('callback.set', { ...request, url })
            await client.invalidateQueries({ queryKey: eventsKey })
          }}
          onClose={() => setMoving(false)}
        >
          <Form layout="vertical">
            <Form.Item label={w.url} extra={w.urlAbout} htmlFor="move-url">
              <Input id="move-url" value={url} onChange={(event) => setUrl(event.target.value)} />
            </Form.Item>
          </Form>
        </Ask>
      )}
    </section>
  )
}
