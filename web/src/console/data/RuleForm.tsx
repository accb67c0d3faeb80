import { Collapse, Form, Input, Radio, Select, Switch } from 'antd'
import type { DataGrade, MaskChange, MaskKind, MaskRule, Scope } from '../../api/types'
import { FormDrawer } from '../../ui/FormDrawer'
import css from '../../ui/form.module.css'
import { usePreferences, useWords } from '../../ui/preferences'
import { AppField } from '../limits/RuleForm'
import { OperationSelect } from '../operations/OperationSelect'
import own from './data.module.css'
import { Preview } from './Preview'
import { words } from './words'

interface Props {
  /** The rule that is changed; none for a new one. */
  rule: MaskRule | undefined
  scopes: Scope[] | undefined
  busy: boolean
  error: unknown
  onSave: (change: MaskChange) => void
  onClose: () => void
}

interface Filled {
  field?: string
  kind: MaskKind
  pattern?: string
  replacement?: string
  operation?: string[]
  app?: { agentId: number; name: string }
  withoutScope?: string
  dataGrade?: DataGrade
  reason?: string
  enabled: boolean
}

const kinds: MaskKind[] = ['phone', 'idcard', 'email', 'name', 'bankcard', 'pattern', 'hide']

/** What a form without a rule begins with. */
function initial(rule: MaskRule | undefined): Filled {
  if (!rule) return { kind: 'hide', operation: [], enabled: true }
  return {
    ...rule,
    dataGrade: rule.dataGrade === 'R1' || rule.dataGrade === 'R2' ? rule.dataGrade : undefined,
    operation: rule.operation ? [rule.operation] : [],
    app: rule.agentId === undefined ? undefined : { agentId: rule.agentId, name: rule.appName ?? String(rule.agentId) },
  }
}

export function RuleForm({ rule, scopes, busy, error, onSave, onClose }: Props) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const [form] = Form.useForm<Filled>()
  const filled = { ...initial(rule), ...Form.useWatch([], form) } as Filled
  const change: MaskChange = {
    id: rule?.id,
    field: filled.field?.trim() ?? '',
    kind: filled.kind,
    pattern: filled.kind === 'pattern' ? filled.pattern : undefined,
    replacement: filled.kind === 'pattern' ? filled.replacement : undefined,
    operation: filled.operation?.[0],
    agentId: filled.app?.agentId,
    withoutScope: filled.withoutScope,
    dataGrade: filled.dataGrade,
    enabled: filled.enabled,
    reason: filled.reason?.trim() || undefined,
  }
  const ready = change.field !== '' && (change.kind !== 'pattern' || !!change.pattern)
  const narrowed = !!(change.operation || change.agentId || change.withoutScope || change.dataGrade)

  return (
    <FormDrawer
      title={rule ? w.rules.edit : w.rules.add}
      act={w.form.save}
      size={1120}
      busy={busy}
      error={error}
      onAct={form.submit}
      onClose={onClose}
    >
      <div className={css.sheet}>
        <Form<Filled>
          form={form}
          layout="vertical"
          requiredMark={false}
          initialValues={initial(rule)}
          onFinish={() => onSave(change)}
        >
          <Form.Item
            name="field"
            label={w.form.field}
            extra={w.form.fieldAbout}
            rules={[{ required: true, whitespace: true, message: w.form.fieldMissing }]}
          >
            <Input autoFocus maxLength={128} spellCheck={false} autoComplete="off" placeholder="mobile" />
          </Form.Item>
          <Form.Item name="kind" label={w.form.kind}>
            <Select
              options={kinds.map((value) => ({ value, label: `${w.rules.kinds[value]} · ${w.rules.examples[value]}` }))}
            />
          </Form.Item>
          {filled.kind === 'pattern' && (
            <div className={css.pair}>
              <Form.Item
                name="pattern"
                label={w.form.pattern}
                extra={w.form.patternAbout}
                rules={[{ required: true, message: w.form.patternMissing }]}
              >
                <Input maxLength={256} spellCheck={false} autoComplete="off" placeholder="^[^@]+" />
              </Form.Item>
              <Form.Item name="replacement" label={w.form.replacement} extra={w.form.replacementAbout}>
                <Input maxLength={64} spellCheck={false} autoComplete="off" placeholder="***" />
              </Form.Item>
            </div>
          )}
          <Collapse
            defaultActiveKey={narrowed ? ['narrow'] : []}
            style={{ marginBottom: 24 }}
            items={[
              {
                key: 'narrow',
                label: w.form.narrow,
                forceRender: true,
                children: (
                  <>
                    <p className={own.quiet}>{w.form.narrowAbout}</p>
                    <div className={css.pair}>
                      <Form.Item name="operation" label={w.form.operation}>
                        <OperationSelect single placeholder={w.form.any} />
                      </Form.Item>
                      <Form.Item name="app" label={w.form.app}>
                        <AppField placeholder={w.form.any} label={w.form.app} />
                      </Form.Item>
                      <Form.Item name="withoutScope" label={w.form.withoutScope}>
                        <Select
                          allowClear
                          showSearch
                          placeholder={w.form.any}
                          options={scopes?.map((one) => ({
                            value: one.scope,
                            label: `${one.scope} · ${lang === 'zh' ? one.title : one.titleEn}`,
                          }))}
                        />
                      </Form.Item>
                      <Form.Item name="dataGrade" label={w.form.dataGrade}>
                        <Radio.Group
                          options={[
                            { value: undefined as unknown as string, label: w.form.any },
                            { value: 'R1', label: 'R1' },
                            { value: 'R2', label: 'R2' },
                          ]}
                        />
                      </Form.Item>
                    </div>
                  </>
                ),
              },
            ]}
          />
          <div className={css.pair}>
            <Form.Item name="reason" label={w.form.reason}>
              <Input maxLength={200} />
            </Form.Item>
            <Form.Item name="enabled" label={w.form.enabled} valuePropName="checked">
              <Switch />
            </Form.Item>
          </div>
        </Form>
        <Preview rule={ready ? change : undefined} app={filled.app} />
      </div>
    </FormDrawer>
  )
}
