import { Alert, Button, Form, Input } from 'antd'
import type { SetUpRequest } from '../../api/types'
import { Told } from '../../ui/failure'
import { useWords } from '../../ui/preferences'
import { Entry } from './Entry'
import { words } from './words'

interface Props {
  busy: boolean
  error: unknown
  onCreate: (request: SetUpRequest) => void
}

export function SetUpView({ busy, error, onCreate }: Props) {
  const w = useWords(words)
  const needed = (name: string) => ({ required: true, whitespace: true, message: w.missing(name) })
  return (
    <Entry title={w.setUp} about={w.setUpAbout}>
      <Form<SetUpRequest>
        layout="vertical"
        requiredMark={false}
        onFinish={(form) =>
          onCreate({
            code: form.code.trim(),
            corpName: form.corpName.trim(),
            userId: form.userId.trim(),
            name: form.name.trim(),
            password: form.password,
          })
        }
      >
        {error ? <Alert role="alert" type="error" title={<Told error={error} />} style={{ marginBottom: 16 }} /> : null}
        <Form.Item name="code" label={w.code} extra={w.codeAbout} rules={[needed(w.code)]}>
          <Input size="large" autoFocus autoComplete="one-time-code" spellCheck={false} />
        </Form.Item>
        <Form.Item name="corpName" label={w.corpName} rules={[needed(w.corpName)]}>
          <Input size="large" autoComplete="organization" maxLength={64} />
        </Form.Item>
        <Form.Item name="name" label={w.name} rules={[needed(w.name)]}>
          <Input size="large" autoComplete="name" maxLength={80} />
        </Form.Item>
        <Form.Item
          name="userId"
          label={w.admin}
          extra={w.adminAbout}
          validateTrigger="onBlur"
          rules={[needed(w.admin), { pattern: /^[\w.@-]{1,64}$/, message: w.adminWrong }]}
        >
          <Input size="large" autoComplete="username" spellCheck={false} />
        </Form.Item>
        <Form.Item
          name="password"
          label={w.newPassword}
          extra={w.passwordAbout}
          validateTrigger="onBlur"
          rules={[needed(w.newPassword), { min: 8, message: w.passwordShort }]}
        >
          <Input.Password size="large" autoComplete="new-password" />
        </Form.Item>
        <Button type="primary" size="large" block htmlType="submit" loading={busy}>
          {w.create}
        </Button>
      </Form>
    </Entry>
  )
}
