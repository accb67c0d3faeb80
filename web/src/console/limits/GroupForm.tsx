import { Form, Input } from 'antd'
import type { LimitGroup } from '../../api/types'
import { FormDrawer } from '../../ui/FormDrawer'
import { useWords } from '../../ui/preferences'
import { words as common } from '../../ui/words'
import { OperationSelect } from '../operations/OperationSelect'
import { words } from './words'

interface Props {
  /** The group that is changed; none for a new one. */
  group: LimitGroup | undefined
  busy: boolean
  error: unknown
  onSave: (group: LimitGroup) => void
  onClose: () => void
}

export function GroupForm({ group, busy, error, onSave, onClose }: Props) {
  const w = useWords(words)
  const c = useWords(common)
  const [form] = Form.useForm<LimitGroup>()
  return (
    <FormDrawer
      title={group ? w.groups.edit : w.groups.add}
      act={c.save}
      busy={busy}
      error={error}
      onAct={form.submit}
      onClose={onClose}
    >
      <Form<LimitGroup>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={group ?? { operations: [] }}
        onFinish={({ name, operations }) => onSave({ name: name.trim(), operations })}
      >
        <Form.Item
          name="name"
          label={w.groups.name}
          extra={w.groups.nameAbout}
          rules={[{ required: true, whitespace: true, message: w.groups.nameMissing }]}
        >
          <Input maxLength={64} disabled={group !== undefined} autoFocus={!group} spellCheck={false} />
        </Form.Item>
        <Form.Item
          name="operations"
          label={w.groups.operations}
          rules={[{ type: 'array', required: true, min: 1, message: w.groups.operationsMissing }]}
        >
          <OperationSelect placeholder={w.groups.operationsMissing} />
        </Form.Item>
      </Form>
    </FormDrawer>
  )
}
