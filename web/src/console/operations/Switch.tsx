import { Button, Form, Input, Radio, Segmented } from 'antd'
import { useState } from 'react'
import type { OperationItem, Position, SwitchChange } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { useReport } from '../../ui/failure'
import { Panel } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import { Time } from '../../ui/text'
import css from '../apps/apps.module.css'
import { AppKeySelect } from './AppKeySelect'
import own from './operations.module.css'
import { words } from './words'

interface Props {
  item: OperationItem
  operator: boolean
  onSwitch: (change: SwitchChange) => Promise<void>
}

interface Filled {
  state: Position
  apps: string[]
  keys?: string
  reason?: string
}

/** To whom the operation is open: as it stands, and how it is changed. */
export function Switch({ item, operator, onSwitch }: Props) {
  const w = useWords(words).switch
  const [platform, setPlatform] = useState(false)
  const own_ = item.switches.find((one) => one.platform === platform)
  if (!item.switchable) {
    return (
      <Panel title={w.title}>
        <p className={css.quiet}>{w.fixed}</p>
      </Panel>
    )
  }
  return (
    <Panel
      title={w.title}
      about={w.about}
      actions={
        operator && (
          <Segmented<'corp' | 'platform'>
            aria-label={w.ofLabel}
            value={platform ? 'platform' : 'corp'}
            onChange={(of) => setPlatform(of === 'platform')}
            options={(['corp', 'platform'] as const).map((value) => ({ value, label: w.of[value] }))}
          />
        )
      }
    >
      <div className={css.stack}>
        <Present item={item} />
        <Turn
          // What was typed for one is not for the other, and a new position is where the next change begins.
          key={`${platform} ${own_?.at ?? 0}`}
          item={item}
          platform={platform}
          now={own_}
          onSwitch={onSwitch}
        />
      </div>
    </Panel>
  )
}

function Present({ item }: { item: OperationItem }) {
  const w = useWords(words).switch
  if (item.switches.length === 0) return <p className={css.quiet}>{w.none}</p>
  return (
    <div>
      <ul className={own.switches} aria-label={w.now}>
        {item.switches.map((one) => (
          <li key={String(one.platform)}>
            <strong>{one.platform ? w.forAll : w.forCorp}</strong>
            <span>{w.positions[one.state]}</span>
            <span className={css.quiet}>
              {w.by(one.by)} <Time at={one.at} />
            </span>
            {one.apps.length > 0 && <code>{one.apps.join(', ')}</code>}
            <p>{one.reason}</p>
          </li>
        ))}
      </ul>
      {item.switches.length > 1 && <p className={css.quiet}>{w.both}</p>}
    </div>
  )
}

interface TurnProps {
  item: OperationItem
  platform: boolean
  now: OperationItem['switches'][number] | undefined
  onSwitch: (change: SwitchChange) => Promise<void>
}

function Turn({ item, platform, now, onSwitch }: TurnProps) {
  const w = useWords(words).switch
  const report = useReport()
  const [form] = Form.useForm<Filled>()
  const [asked, setAsked] = useState<SwitchChange>()
  const [busy, setBusy] = useState(false)
  const state = Form.useWatch('state', form) ?? now?.state ?? 'open'

  async function apply({ state, apps, keys, reason }: Filled) {
    const listed = platform ? (keys ?? '').split(/[\s,]+/).filter(Boolean) : apps
    const change: SwitchChange = {
      operation: item.operation,
      state,
      platform: platform || undefined,
      apps: state === 'allowed' ? listed : undefined,
      reason: state === 'open' ? undefined : reason?.trim(),
    }
    if (state !== 'open') return setAsked(change)
    // Opening takes nothing away, so it is not asked about.
    setBusy(true)
    await onSwitch(change).catch(report)
    setBusy(false)
  }

  return (
    <>
      <Form<Filled>
        form={form}
        layout="vertical"
        requiredMark={false}
        className={css.field}
        initialValues={{
          state: now?.state ?? 'open',
          apps: now?.apps ?? [],
          keys: now?.apps.join('\n'),
          reason: now?.reason,
        }}
        onFinish={apply}
      >
        <Form.Item name="state" label={w.position}>
          <Radio.Group
            options={(['open', 'allowed', 'closed'] as const).map((value) => ({ value, label: w.positions[value] }))}
          />
        </Form.Item>
        {state === 'allowed' &&
          (platform ? (
            <Form.Item
              name="keys"
              label={w.apps}
              extra={w.appKeysAbout}
              rules={[{ required: true, whitespace: true, message: w.appsMissing }]}
            >
              <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} spellCheck={false} />
            </Form.Item>
          ) : (
            <Form.Item
              name="apps"
              label={w.apps}
              rules={[{ type: 'array', required: true, min: 1, message: w.appsMissing }]}
            >
              <AppKeySelect placeholder={w.appsAbout} />
            </Form.Item>
          ))}
        {state !== 'open' && (
          <Form.Item
            name="reason"
            label={w.reason}
            extra={w.reasonAbout}
            rules={[{ required: true, whitespace: true, message: w.reasonMissing }]}
          >
            <Input maxLength={200} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" loading={busy} disabled={state === 'open' && !now}>
          {w.apply}
        </Button>
      </Form>
      {asked && (
        <Ask
          danger
          title={asked.state === 'closed' ? w.closeTitle(item.operation) : w.allowTitle(item.operation)}
          act={w.apply}
          stops={
            asked.state === 'allowed'
              ? w.allowStops(item.operation)
              : platform
                ? w.closeStopsAll(item.operation)
                : w.closeStops(item.operation)
          }
          onAct={() => onSwitch(asked)}
          onClose={() => setAsked(undefined)}
        >
          <p>
            {w.reason}: {asked.reason}
          </p>
        </Ask>
      )}
    </>
  )
}
