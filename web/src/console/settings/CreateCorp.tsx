import { Form, Input, InputNumber, Switch } from 'antd'
import { useState } from 'react'
import type { NewCorp } from '../../api/types'
import { FormDrawer } from '../../ui/FormDrawer'
import css from '../../ui/form.module.css'
import { useWords } from '../../ui/preferences'
import { words } from './words'

interface Filled {
  name: string
  sandbox: boolean
  people: number
  userId: string
  password?: string
}

/** One more company on the platform. */
export function CreateCorp({ onCreate, onClose }: { onCreate: (corp: NewCorp) => Promise<void>; onClose: () => void }) {
  const w = useWords(words).create
  const [form] = Form.useForm<Filled>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()

  async function create({ name, password, ...rest }: Filled) {
    setBusy(true)
    setError(undefined)
    try {
      await onCreate({ name: name.trim(), password: password || undefined, ...rest })
      onClose()
    } catch (err) {
      setError(err)
      setBusy(false)
    }
  }

  return (
    <FormDrawer title={w.title} act={w.act} size={520} busy={busy} error={error} onAct={form.submit} onClose={onClose}>
      <Form<Filled>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ sandbox: true, people: 0, userId: 'admin' }}
        onFinish={create}
      >
        <Form.Item name="name" label={w.name} rules={[{ required: true, whitespace: true, message: w.nameMissing }]}>
          <Input autoFocus maxLength={64} />
        </Form.Item>
        <Form.Item name="sandbox" label={w.sandbox} extra={w.sandboxAbout} valuePropName="checked">
          <Switch />
        </Form.Item>
        <Form.Item name="people" label={w.people} extra={w.peopleAbout}>
          <InputNumber min={0} max={100_000} precision={0} className={css.wide} />
        </Form.Item>
        <Form.Item name="userId" label={w.user}>
          <Input maxLength={64} spellCheck={false} autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="password"
          label={w.password}
          extra={w.passwordAbout}
          rules={[{ min: 8, message: w.passwordShort }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </Form>
    </FormDrawer>
  )
}
