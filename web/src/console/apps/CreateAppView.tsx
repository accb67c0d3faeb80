import { Alert, Button, Drawer, Form, Input, Radio, Switch } from 'antd'
import type { DataGrade, NewApp, Scope } from '../../api/types'
import { Told } from '../../ui/failure'
import { useWords } from '../../ui/preferences'
import { Grade } from '../../ui/text'
import { words as common } from '../../ui/words'
import css from './apps.module.css'
import { ScopePicker } from './ScopePicker'
import { words } from './words'

interface Props {
  scopes: Scope[] | undefined
  scopesError: unknown
  onScopesRetry: () => void
  busy: boolean
  error: unknown
  onCreate: (request: NewApp) => void
  onClose: () => void
}

interface Filled {
  name: string
  description?: string
  scopes: string[]
  dataGrade: DataGrade
  strict: boolean
}

export function CreateAppView({ scopes, scopesError, onScopesRetry, busy, error, onCreate, onClose }: Props) {
  const w = useWords(words)
  const c = useWords(common)
  const [form] = Form.useForm<Filled>()
  return (
    <Drawer
      open
      size="min(640px, 100vw)"
      title={w.create}
      onClose={onClose}
      closable={{ 'aria-label': c.close }}
      footer={
        <div className={css.drawerFoot}>
          <Button onClick={onClose}>{c.cancel}</Button>
          <Button type="primary" loading={busy} onClick={form.submit}>
            {w.create}
          </Button>
        </div>
      }
    >
      <Form<Filled>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ scopes: [], dataGrade: 'R1', strict: false }}
        onFinish={({ name, description, ...rest }) =>
          onCreate({ name: name.trim(), description: description?.trim() || undefined, ...rest })
        }
      >
        {error ? <Alert role="alert" type="error" title={<Told error={error} />} className={css.alert} /> : null}
        <Form.Item
          name="name"
          label={w.form.name}
          rules={[{ required: true, whitespace: true, message: w.form.nameMissing }]}
        >
          <Input autoFocus maxLength={50} showCount />
        </Form.Item>
        <Form.Item name="description" label={w.form.description}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={200} placeholder={w.form.descriptionAbout} />
        </Form.Item>
        <Form.Item name="dataGrade" label={w.dataGrade}>
          <DataGradeField />
        </Form.Item>
        <Form.Item name="scopes" label={w.form.scopes} extra={w.form.scopesAbout}>
          <ScopePicker scopes={scopes} error={scopesError} onRetry={onScopesRetry} />
        </Form.Item>
        <Form.Item name="strict" label={w.form.strict} extra={w.form.strictAbout} valuePropName="checked">
          <Switch />
        </Form.Item>
      </Form>
    </Drawer>
  )
}

/** Which data an application may read in full. The form gives value and onChange. */
function DataGradeField(props: { value?: DataGrade; onChange?: (grade: DataGrade) => void; id?: string }) {
  const w = useWords(words)
  return (
    <Radio.Group
      id={props.id}
      value={props.value}
      className={css.choices}
      onChange={(event) => props.onChange?.(event.target.value)}
    >
      {(['R1', 'R2'] as const).map((grade) => (
        <Radio key={grade} value={grade}>
          <span className={css.choice}>
            <Grade grade={grade} /> {w.form.grades[grade]}
          </span>
        </Radio>
      ))}
    </Radio.Group>
  )
}
