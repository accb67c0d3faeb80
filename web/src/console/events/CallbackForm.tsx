import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Checkbox, Form, Input, App as Kit, Radio } from 'antd'
import { call } from '../../api/call'
import { eventsKey } from '../../api/events'
import type { CallbackChange } from '../../api/types'
import { FormDrawer } from '../../ui/FormDrawer'
import { useWords } from '../../ui/preferences'
import { AppSelect } from '../calls/AppSelect'
import css from './events.module.css'
import { Names } from './Names'
import { words } from './words'

interface Props {
  begin: { agentId: number; name: string } | undefined
  onMade: (subscriptionId: string) => void
  onClose: () => void
}

interface Filled extends Omit<CallbackChange, 'agentId'> {
  app?: { agentId: number; name: string }
  /** The receiver's own secrets; without them the platform makes some. */
  given: boolean
}

/** Subscribes an application by HTTP callback. */
export function CallbackForm({ begin, onMade, onClose }: Props) {
  const client = useQueryClient()
  const { message } = Kit.useApp()
  const w = useWords(words).callback
  const [form] = Form.useForm<Filled>()
  const filled = Form.useWatch([], form) as Filled | undefined
  const save = useMutation({
    mutationFn: ({ app, given, token, aesKey, secret, events, testGroup, ...rest }: Filled) =>
      call('callback.set', {
        ...rest,
        agentId: app?.agentId ?? 0,
        events: events?.includes('*') ? [] : events,
        testGroup: testGroup?.trim() || undefined,
        ...(given && (rest.form === 'webhook' ? { secret } : { token, aesKey })),
      }),
    async onSuccess({ id }) {
      message.success(w.added)
      await client.invalidateQueries({ queryKey: eventsKey })
      onMade(id)
    },
  })
  const webhook = filled?.form === 'webhook'
  return (
    <FormDrawer
      title={w.add}
      act={w.save}
      busy={save.isPending}
      error={save.error}
      onAct={form.submit}
      onClose={onClose}
    >
      <Form<Filled>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ app: begin, form: 'compatible', events: ['*'], given: false, check: true }}
        onFinish={(all) => save.mutate(all)}
      >
        <Form.Item name="app" label={w.app} rules={[{ required: true, message: w.appMissing }]}>
          <AppField label={w.app} placeholder={w.appMissing} />
        </Form.Item>
        <Form.Item
          name="url"
          label={w.url}
          extra={w.urlAbout}
          rules={[
            { required: true, message: w.urlMissing },
            { type: 'url', message: w.urlWrong },
          ]}
        >
          <Input placeholder="https://app.example/callback" inputMode="url" />
        </Form.Item>
        <Form.Item name="events" label={w.events} rules={[{ required: true, message: w.eventsMissing }]}>
          <Names />
        </Form.Item>
        <Form.Item name="form" label={w.form} extra={webhook ? w.webhookAbout : w.compatibleAbout}>
          <Radio.Group
            options={[
              { value: 'compatible', label: w.compatible },
              { value: 'webhook', label: w.webhook },
            ]}
          />
        </Form.Item>
        <Form.Item name="given" valuePropName="checked" extra={filled?.given ? undefined : w.madeAbout}>
          <Checkbox>{w.given}</Checkbox>
        </Form.Item>
        {filled?.given &&
          (webhook ? (
            <Form.Item name="secret" label={w.secret} extra={w.secretAbout} rules={[{ required: true }]}>
              <Input.Password autoComplete="off" />
            </Form.Item>
          ) : (
            <div className={css.pair}>
              <Form.Item name="token" label={w.token} rules={[{ required: true }]}>
                <Input autoComplete="off" />
              </Form.Item>
              <Form.Item name="aesKey" label={w.aesKey} rules={[{ required: true, len: 43, message: w.aesKeyWrong }]}>
                <Input.Password autoComplete="off" />
              </Form.Item>
              <Form.Item name="check" valuePropName="checked">
                <Checkbox>{w.checkFirst}</Checkbox>
              </Form.Item>
            </div>
          ))}
        <Form.Item name="testGroup" label={w.group} extra={w.groupAbout}>
          <Input maxLength={64} />
        </Form.Item>
      </Form>
    </FormDrawer>
  )
}

interface AppFieldProps {
  id?: string
  label: string
  placeholder: string
  value?: { agentId: number; name: string }
  onChange?: (value?: { agentId: number; name: string }) => void
}

function AppField({ id, label, placeholder, value, onChange }: AppFieldProps) {
  return (
    <AppSelect
      id={id}
      label={label}
      placeholder={placeholder}
      value={value?.agentId}
      name={value?.name}
      onChange={(agentId, name) =>
        onChange?.(agentId === undefined ? undefined : { agentId, name: name ?? String(agentId) })
      }
    />
  )
}
