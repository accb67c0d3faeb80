import { useMutation } from '@tanstack/react-query'
import { Alert, Button, Form, Input } from 'antd'
import type { App } from '../../../api/types'
import { Told } from '../../../ui/failure'
import { Panel } from '../../../ui/Page'
import { useWords } from '../../../ui/preferences'
import { Snippet } from '../../../ui/text'
import type { Acts } from '../AppDetail'
import css from '../apps.module.css'
import { words } from '../words'

interface Filled {
  url: string
  nonceStr: string
  timeStamp: string
  signature: string
}

const names = ['url', 'nonceStr', 'timeStamp', 'signature'] as const

/** Checks what a page signed for its client, and shows what it should have signed. */
export function JsapiCheck({ app, acts }: { app: App; acts: Acts }) {
  const w = useWords(words).jsapi
  const check = useMutation({ mutationFn: acts.verifyJsapi })
  return (
    <Panel title={w.title} about={w.about}>
      <Form<Filled>
        key={app.agentId}
        layout="vertical"
        requiredMark={false}
        className={css.field}
        onFinish={(filled) => check.mutate(filled)}
      >
        {names.map((name) => (
          <Form.Item
            key={name}
            name={name}
            label={name}
            rules={[{ required: true, whitespace: true, message: w.missing(name) }]}
          >
            <Input spellCheck={false} autoComplete="off" />
          </Form.Item>
        ))}
        <Button htmlType="submit" loading={check.isPending}>
          {w.check}
        </Button>
      </Form>
      <div className={css.checked} aria-live="polite">
        {check.error && <Alert type="error" title={<Told error={check.error} />} />}
        {check.data && (
          <>
            <Alert
              type={check.data.valid ? 'success' : 'warning'}
              showIcon
              title={check.data.valid ? w.valid : w.wrong}
            />
            {check.data.texts.map((text) => (
              <Snippet key={text} text={text} what={w.text} />
            ))}
          </>
        )}
      </div>
    </Panel>
  )
}
