import { useNavigate } from '@tanstack/react-router'
import { Alert, Button, Checkbox, Drawer, Form, Input, Upload } from 'antd'
import { useState } from 'react'
import { call } from '../../api/call'
import type { ApiFinding } from '../../api/types'
import { Told } from '../../ui/failure'
import { useWords } from '../../ui/preferences'
import { words as common } from '../../ui/words'
import css from './apis.module.css'
import { Findings } from './Findings'
import { lines } from './lines'
import { words } from './words'

interface Props {
  operator: boolean
  onDone: () => Promise<unknown>
  onClose: () => void
}

interface Filled {
  group: string
  version: string
  upstream?: string
  document: string
  platform?: boolean
}

export function ImportApi({ operator, onDone, onClose }: Props) {
  const w = useWords(words)
  const c = useWords(common)
  const navigate = useNavigate()
  const [form] = Form.useForm<Filled>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const [findings, setFindings] = useState<ApiFinding[]>()

  async function send(dryRun: boolean) {
    const { group, version, upstream, document, platform } = await form.validateFields()
    setBusy(true)
    setError(undefined)
    try {
      const answer = await call('api.import', { group, version, document, platform, upstream: lines(upstream), dryRun })
      setFindings(answer.findings)
      if (answer.imported) {
        await onDone()
        await navigate({ to: '/apis/$group/$version', params: { group, version } })
      }
    } catch (err) {
      setError(err)
    }
    setBusy(false)
  }

  const needed = { required: true, whitespace: true, message: w.form.needed }
  return (
    <Drawer
      open
      size="min(760px, 100vw)"
      title={w.import}
      onClose={onClose}
      closable={{ 'aria-label': c.close }}
      footer={
        <div className={css.foot}>
          <Button onClick={onClose}>{c.cancel}</Button>
          <Button loading={busy} onClick={() => send(true)}>
            {w.form.check}
          </Button>
          <Button type="primary" loading={busy} onClick={() => send(false)}>
            {w.import}
          </Button>
        </div>
      }
    >
      {error ? <Alert role="alert" type="error" title={<Told error={error} />} className={css.alert} /> : null}
      <Form<Filled> form={form} layout="vertical" requiredMark={false} initialValues={{ version: 'v1' }}>
        <Form.Item name="group" label={w.form.group} extra={w.form.groupAbout} rules={[needed]}>
          <Input autoFocus maxLength={32} />
        </Form.Item>
        <Form.Item name="version" label={w.form.version} rules={[needed]}>
          <Input maxLength={8} />
        </Form.Item>
        <Form.Item name="upstream" label={w.form.upstream} extra={w.form.upstreamAbout}>
          <Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} />
        </Form.Item>
        <Form.Item name="document" label={w.form.document} extra={w.form.documentAbout} rules={[needed]}>
          <Input.TextArea autoSize={{ minRows: 8, maxRows: 20 }} spellCheck={false} />
        </Form.Item>
        <Upload
          accept=".yaml,.yml,.json"
          showUploadList={false}
          beforeUpload={async (file) => {
            form.setFieldValue('document', await file.text())
            return false
          }}
        >
          <Button>{w.form.file}</Button>
        </Upload>
        {operator && (
          <Form.Item name="platform" valuePropName="checked" className={css.field}>
            <Checkbox>{w.form.platform}</Checkbox>
          </Form.Item>
        )}
      </Form>
      {findings && <Findings list={findings} />}
    </Drawer>
  )
}
