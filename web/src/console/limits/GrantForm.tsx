import { Alert, Form, Input, InputNumber, Radio, Select } from 'antd'
import type { NewPackage } from '../../api/types'
import { FormDrawer } from '../../ui/FormDrawer'
import css from '../../ui/form.module.css'
import { moment } from '../../ui/format'
import { useWords } from '../../ui/preferences'
import { OperationSelect } from '../operations/OperationSelect'
import { AppField } from './RuleForm'
import { told, type What } from './subject'
import { words } from './words'

interface Props {
  groups: string[] | undefined
  /** Apps that have packages already. */
  prepaid: ReadonlySet<number>
  busy: boolean
  error: unknown
  onGrant: (request: NewPackage) => void
  onClose: () => void
}

interface Filled {
  app?: { agentId: number; name: string }
  what: What
  /** Absent while the field is not shown. */
  operation?: string[]
  group?: string
  amount: number
  days: number
  starts?: string
}

export function GrantForm({ groups, prepaid, busy, error, onGrant, onClose }: Props) {
  const w = useWords(words)
  const [form] = Form.useForm<Filled>()
  const app = Form.useWatch('app', form)
  const what = Form.useWatch('what', form) ?? 'all'
  return (
    <FormDrawer
      title={w.packages.add}
      act={w.packages.add}
      busy={busy}
      error={error}
      onAct={form.submit}
      onClose={onClose}
    >
      <Form<Filled>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ what: 'all', operation: [], days: 30 }}
        onFinish={({ amount, days, starts, ...filled }) => {
          const of = told({
            agentId: filled.app?.agentId,
            what: filled.what,
            operation: filled.operation?.[0],
            group: filled.group,
          })
          onGrant({ ...of, agentId: filled.app?.agentId ?? 0, amount, days, startsAt: moment(starts) })
        }}
      >
        <Form.Item name="app" label={w.form.who} rules={[{ required: true, message: w.packages.appMissing }]}>
          <AppField placeholder={w.packages.appMissing} label={w.form.who} />
        </Form.Item>
        {app && !prepaid.has(app.agentId) && (
          <Alert type="warning" showIcon title={w.packages.first} style={{ marginBottom: 16 }} />
        )}
        <Form.Item name="what" label={w.form.what}>
          <Radio.Group
            options={(['all', 'operation', 'group'] as const).map((value) => ({ value, label: w.form.whats[value] }))}
          />
        </Form.Item>
        {what === 'operation' && (
          <Form.Item
            name="operation"
            label={w.form.operation}
            rules={[{ type: 'array', required: true, min: 1, message: w.form.operationMissing }]}
          >
            <OperationSelect single placeholder="/topapi/v2/user/get" />
          </Form.Item>
        )}
        {what === 'group' && (
          <Form.Item name="group" label={w.form.group} rules={[{ required: true, message: w.form.groupMissing }]}>
            <Select showSearch options={[...new Set(groups)].map((value) => ({ value, label: value }))} />
          </Form.Item>
        )}
        <Form.Item
          name="amount"
          label={w.packages.amount}
          rules={[{ required: true, message: w.packages.amountMissing }]}
        >
          <InputNumber min={1} max={1_000_000_000_000} precision={0} className={css.wide} />
        </Form.Item>
        <div className={css.pair}>
          <Form.Item name="starts" label={w.packages.starts} extra={w.packages.startsAbout}>
            <Input type="datetime-local" />
          </Form.Item>
          <Form.Item name="days" label={w.packages.days} rules={[{ required: true, message: w.packages.daysMissing }]}>
            <InputNumber min={1} max={3660} precision={0} className={css.wide} />
          </Form.Item>
        </div>
      </Form>
    </FormDrawer>
  )
}
