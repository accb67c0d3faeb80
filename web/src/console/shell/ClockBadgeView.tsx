import { Button, Form, Input, Popover } from 'antd'
import type { Clock } from '../../api/types'
import { useNow } from '../../ui/clock'
import { exact, offset } from '../../ui/format'
import { ClockCircleOutlined } from '../../ui/icons'
import { usePreferences, useWords } from '../../ui/preferences'
import css from './shell.module.css'
import { words } from './words'

interface Props {
  clock: Clock
  busy: boolean
  onMove: (by: string) => void
  onReset: () => void
}

const steps = ['-30m', '5m', '2h', '24h']

/** What the platform understands as a distance in time. */
const duration = /^[+-]?(\d+(d|h|m|s))+$/

export function ClockBadgeView({ clock, busy, onMove, onReset }: Props) {
  const w = useWords(words)
  const by = offset(clock.offsetMs)
  const label = by ? w.clockMoved(by) : w.clock
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      arrow={false}
      title={w.clock}
      destroyOnHidden
      content={<ClockPanel clock={clock} busy={busy} onMove={onMove} onReset={onReset} />}
    >
      <Button type="text" aria-label={label} className={by ? css.moved : undefined} icon={<ClockCircleOutlined />}>
        {by}
      </Button>
    </Popover>
  )
}

/** What the corp's clock shows, and how it is moved where it can be. */
export function ClockPanel({ clock, busy, onMove, onReset }: Props) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const now = useNow()
  const by = offset(clock.offsetMs)
  return (
    <div className={css.clock}>
      <p className={css.now}>
        <strong>{exact(now, lang)}</strong>
        <span>{by ? w.clockMoved(by) : w.clockReal}</span>
      </p>
      <p>{w.clockAbout}</p>
      {clock.movable && (
        <>
          <div className={css.steps}>
            {steps.map((step) => (
              <Button key={step} size="small" disabled={busy} onClick={() => onMove(step)}>
                {step.startsWith('-') ? step : `+${step}`}
              </Button>
            ))}
          </div>
          <Form<{ by: string }> layout="inline" className={css.by} onFinish={(form) => onMove(form.by.trim())}>
            <Form.Item
              name="by"
              className={css.byField}
              validateTrigger="onSubmit"
              rules={[
                { required: true, pattern: duration, transform: (v?: string) => v?.trim(), message: w.clockByWrong },
              ]}
            >
              <Input aria-label={w.clockBy} placeholder={w.clockBy} spellCheck={false} />
            </Form.Item>
            <Button htmlType="submit" loading={busy}>
              {w.clockMove}
            </Button>
          </Form>
        </>
      )}
      {by && (
        <Button block disabled={busy} onClick={onReset}>
          {w.clockReset}
        </Button>
      )}
    </div>
  )
}
