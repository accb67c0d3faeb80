import { Alert, Button, Form, Input } from 'antd'
import { useState } from 'react'
import type { SignInRequest } from '../../api/types'
import { Told } from '../../ui/failure'
import { useWords } from '../../ui/preferences'
import { Entry } from './Entry'
import { words } from './words'

interface Props {
  busy: boolean
  error: unknown
  onSignIn: (request: SignInRequest) => void
}

export function SignInView({ busy, error, onSignIn }: Props) {
  const w = useWords(words)
  const [several, setSeveral] = useState(false)
  return (
    <Entry title={w.signIn} about={w.signInAbout}>
      <Form<SignInRequest>
        layout="vertical"
        requiredMark={false}
        onFinish={({ user, password, corpId }) =>
          onSignIn({ user: user.trim(), password, corpId: corpId?.trim() || undefined })
        }
      >
        {error ? <Alert role="alert" type="error" title={<Told error={error} />} style={{ marginBottom: 16 }} /> : null}
        <Form.Item
          name="user"
          label={w.user}
          rules={[{ required: true, whitespace: true, message: w.missing(w.user) }]}
        >
          <Input size="large" autoFocus autoComplete="username" placeholder={w.userAbout} />
        </Form.Item>
        <Form.Item name="password" label={w.password} rules={[{ required: true, message: w.missing(w.password) }]}>
          <Input.Password size="large" autoComplete="current-password" />
        </Form.Item>
        {several && (
          <Form.Item name="corpId" label={w.corpId} extra={w.corpIdAbout}>
            <Input size="large" autoFocus placeholder="ding…" />
          </Form.Item>
        )}
        <Button type="primary" size="large" block htmlType="submit" loading={busy}>
          {w.signIn}
        </Button>
        {!several && (
          <Button type="link" block style={{ marginTop: 8 }} onClick={() => setSeveral(true)}>
            {w.chooseCorp}
          </Button>
        )}
      </Form>
    </Entry>
  )
}
