import { Link } from '@tanstack/react-router'
import { Alert, Form, InputNumber, Radio, Segmented, Select, Switch } from 'antd'
import type { ReactNode } from 'react'
import type { LimitChange, LimitRule, LimitWindow, Trial, TrialQuery } from '../../api/types'
import { FormDrawer } from '../../ui/FormDrawer'
import css from '../../ui/form.module.css'
import { Facts } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import { Time } from '../../ui/text'
import { words as common } from '../../ui/words'
import { AppSelect } from '../calls/AppSelect'
import { OperationSelect } from '../operations/OperationSelect'
import { RefusedLink, Source } from './RulesView'
import { useSubject } from './Subject'
import { eachApp, eachOperation, levelsOf, told, type What, whatsOf, windowsOf } from './subject'
import { TrialView } from './TrialView'
import { words } from './words'

interface Props {
  /** The rule that is changed; none for a new one. */
  rule: LimitRule | undefined
  rules: LimitRule[]
  platform: boolean
  begin: { agentId?: number; appName?: string; operation?: string }
  groups: string[] | undefined
  busy: boolean
  error: unknown
  onSave: (change: LimitChange) => void
  trial: {
    busy: boolean
    error: unknown
    result: Trial | undefined
    of: TrialQuery | undefined
    run: (query: TrialQuery) => void
  }
  onClose: () => void
}

interface Filled {
  app?: { agentId: number; name: string }
  each: boolean
  what: What
  operation?: string[]
  group?: string
  window: LimitWindow
  max?: number
  level?: 1 | 2
  shadow: boolean
}

export function RuleForm({ rule, rules, platform, begin, groups, busy, error, onSave, trial, onClose }: Props) {
  const w = useWords(words)
  const c = useWords(common)
  const subject = useSubject()
  const [form] = Form.useForm<Filled>()
  const filled = { ...initial(rule, begin, platform), ...Form.useWatch([], form) } as Filled
  const of = {
    agentId: agentOf(filled),
    what: filled.what,
    operation: filled.operation?.[0],
    group: filled.group,
  }
  const levels = levelsOf(of, filled.window)
  const change: LimitChange = {
    platform: platform || undefined,
    ...told(of),
    window: filled.window,
    level: levels.length > 1 ? filled.level : levels[0],
    max: filled.max ?? 0,
    shadow: filled.shadow,
  }
  const same = !rule && rules.find((one) => sameRule(one, change))

  /** What a field excludes is put right at once, so that the form never shows what cannot be. */
  function settle(changed: Partial<Filled>) {
    const now = { ...filled, ...changed }
    const whats = whatsOf(agentOf(now))
    const what = whats.includes(now.what) ? now.what : (whats[0] ?? 'operation')
    const windows = windowsOf({ agentId: agentOf(now), what })
    form.setFieldsValue({ what, window: windows.includes(now.window) ? now.window : windows[0] })
  }

  return (
    <FormDrawer
      title={rule ? w.rule.edit : w.rule.add}
      act={rule ? w.form.save : w.form.add}
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
          initialValues={initial(rule, begin, platform)}
          onValuesChange={settle}
          onFinish={() => onSave(change)}
        >
          {rule ? (
            <>
              <Facts
                rows={[
                  [w.rule.subject, subject(rule)],
                  [w.form.window, w.rule.windows[rule.window]],
                  [w.rule.level(rule.level), w.rule.levelAbout[rule.level]],
                  [
                    c.by,
                    <span key="by">
                      {w.rule.changed(rule.changedBy)} <Time at={rule.changedAt} />
                    </span>,
                  ],
                  ...(rule.source
                    ? [[w.rule.source, <Source key="source" of={rule.source} />] as [string, ReactNode]]
                    : []),
                  [
                    '',
                    rule.shadow ? (
                      <Link key="log" to="/calls" search={{ shadow: rule.id }}>
                        {w.rule.shadowCalls}
                      </Link>
                    ) : (
                      <RefusedLink key="log" agentId={rule.agentId === eachApp ? undefined : rule.agentId} />
                    ),
                  ],
                ]}
              />
              <Alert type="info" showIcon title={w.form.fixed} style={{ margin: '16px 0' }} />
              {/* The fields that stay keep their values in the form, unseen. */}
              {(['app', 'each', 'what', 'operation', 'group', 'window', 'level'] as const).map((name) => (
                <Form.Item key={name} name={name} hidden noStyle>
                  <Unseen />
                </Form.Item>
              ))}
            </>
          ) : (
            <>
              <Form.Item name="each" label={w.form.each} extra={w.form.eachAbout} valuePropName="checked">
                <Switch />
              </Form.Item>
              {!platform && !filled.each && (
                <Form.Item name="app" label={w.form.who} extra={w.form.whoAbout}>
                  <AppField placeholder={w.rule.allApps} label={w.form.who} />
                </Form.Item>
              )}
              <Form.Item name="what" label={w.form.what}>
                <Radio.Group
                  options={(['all', 'operation', 'each', 'group'] as const).map((value) => ({
                    value,
                    label: w.form.whats[value],
                    disabled: !whatsOf(of.agentId).includes(value),
                  }))}
                />
              </Form.Item>
              {filled.what === 'operation' && (
                <Form.Item
                  name="operation"
                  label={w.form.operation}
                  rules={[{ type: 'array', required: true, min: 1, message: w.form.operationMissing }]}
                >
                  <OperationSelect single placeholder="/topapi/v2/user/get" />
                </Form.Item>
              )}
              {filled.what === 'group' && (
                <Form.Item name="group" label={w.form.group} rules={[{ required: true, message: w.form.groupMissing }]}>
                  <Select
                    showSearch
                    loading={!groups}
                    options={[...new Set(groups)].map((value) => ({ value, label: value }))}
                  />
                </Form.Item>
              )}
              <Form.Item name="window" label={w.form.window} extra={w.form.windowAbout}>
                <Segmented<LimitWindow>
                  options={(['second', 'minute', 'day'] as const).map((value) => ({
                    value,
                    label: w.rule.windows[value],
                    disabled: !windowsOf(of).includes(value),
                  }))}
                />
              </Form.Item>
              {levels.length > 1 && (
                <Form.Item name="level" label={w.form.level}>
                  <Radio.Group options={levels.map((value) => ({ value, label: w.form.levels[value] }))} />
                </Form.Item>
              )}
            </>
          )}
          <Form.Item
            name="max"
            label={w.form.max}
            extra={w.form.maxAbout}
            rules={[{ required: true, message: w.form.maxMissing }]}
          >
            <InputNumber min={0} max={1_000_000_000_000} precision={0} className={css.wide} />
          </Form.Item>
          <Form.Item name="shadow" label={w.form.shadow} extra={w.rule.shadowAbout} valuePropName="checked">
            <Switch />
          </Form.Item>
          {same && <Alert type="warning" showIcon title={w.form.same} />}
        </Form>
        {platform ? (
          <Alert type="info" title={w.trial.platform} />
        ) : (
          <TrialView
            busy={trial.busy}
            error={trial.error}
            result={trial.result}
            stale={trial.of !== undefined && !sameTrial(trial.of, change)}
            run={async (hours) => {
              await form.validateFields()
              trial.run({ ...told(of), window: filled.window, max: filled.max, hours })
            }}
          />
        )}
      </div>
    </FormDrawer>
  )
}

/** Holds a value for the form and shows nothing. */
function Unseen() {
  return null
}

interface AppFieldProps {
  id?: string
  placeholder: string
  label: string
  value?: Filled['app']
  onChange?: (app: Filled['app']) => void
}

/** An application in a form, which keeps its name beside its number. */
export function AppField({ id, placeholder, label, value, onChange }: AppFieldProps) {
  return (
    <AppSelect
      id={id}
      value={value?.agentId}
      name={value?.name}
      label={label}
      placeholder={placeholder}
      onChange={(agentId, name) =>
        onChange?.(agentId === undefined ? undefined : { agentId, name: name ?? String(agentId) })
      }
    />
  )
}

function initial(rule: LimitRule | undefined, begin: Props['begin'], platform: boolean): Filled {
  if (!rule) {
    const app =
      begin.agentId === undefined || platform
        ? undefined
        : { agentId: begin.agentId, name: begin.appName ?? String(begin.agentId) }
    return {
      app,
      each: false,
      what: begin.operation || !app ? 'operation' : 'all',
      operation: begin.operation ? [begin.operation] : [],
      window: 'minute',
      level: 2,
      shadow: false,
    }
  }
  return {
    app:
      rule.agentId === undefined || rule.agentId === eachApp
        ? undefined
        : { agentId: rule.agentId, name: rule.appName ?? String(rule.agentId) },
    each: rule.agentId === eachApp,
    what: rule.operation === eachOperation ? 'each' : rule.operation ? 'operation' : rule.group ? 'group' : 'all',
    operation: rule.operation ? [rule.operation] : [],
    group: rule.group,
    window: rule.window,
    max: rule.max,
    level: rule.level === 1 ? 1 : 2,
    shadow: rule.shadow,
  }
}

/** Whose calls the form means: one app's, each app's, or those of all together. */
function agentOf({ app, each }: Filled): number | undefined {
  return each ? eachApp : app?.agentId
}

function sameRule(rule: LimitRule, change: LimitChange): boolean {
  return (
    rule.agentId === change.agentId &&
    rule.operation === change.operation &&
    rule.group === change.group &&
    rule.window === change.window &&
    rule.level === change.level
  )
}

function sameTrial(of: TrialQuery, change: LimitChange): boolean {
  return (
    of.agentId === change.agentId &&
    of.operation === change.operation &&
    of.group === change.group &&
    of.window === change.window &&
    of.max === change.max
  )
}
