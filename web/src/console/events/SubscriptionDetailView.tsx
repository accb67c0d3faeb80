import { Link } from '@tanstack/react-router'
import { Alert, Button, Drawer, Form, Input, InputNumber, Skeleton, Switch } from 'antd'
import { type ReactNode, useState } from 'react'
import type { DeadEvent, Subscription, SubscriptionBucket, SubscriptionChange } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Bars } from '../../ui/Bars'
import { Failure, Told, useReport } from '../../ui/failure'
import { clockTime, count, took } from '../../ui/format'
import { Facts } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { Chip, Id, Time } from '../../ui/text'
import { words as common } from '../../ui/words'
import css from './events.module.css'
import { Names } from './Names'
import { Receiver } from './Receiver'
import { SubscriptionState } from './State'
import { words } from './words'

interface Acts {
  onPause: () => Promise<void>
  onResume: () => Promise<void>
  onOff: () => Promise<void>
  onRemove: (confirm: string) => Promise<void>
  onRepushDead: () => Promise<void>
  onReplay: () => void
  onEvents: () => void
  onEvent: (eventId: string) => void
}

interface Props extends Acts {
  subscription: Subscription | undefined
  error: unknown
  buckets: SubscriptionBucket[] | undefined
  dead: DeadEvent[] | undefined
  change: {
    busy: boolean
    error: unknown
    save: (change: SubscriptionChange) => Promise<unknown>
    forget: () => void
  }
  onRetry: () => void
  onClose: () => void
}

export function SubscriptionDetailView({
  subscription,
  error,
  buckets,
  dead,
  change,
  onRetry,
  onClose,
  ...acts
}: Props) {
  const w = useWords(words).subscription
  const c = useWords(common)
  return (
    <Drawer
      open
      size="min(720px, 100vw)"
      title={w.name}
      onClose={onClose}
      closable={{ 'aria-label': c.close }}
      extra={subscription && <SubscriptionState subscription={subscription} />}
    >
      {subscription ? (
        <Detail of={subscription} buckets={buckets} dead={dead} change={change} {...acts} />
      ) : error ? (
        <Failure error={error} retry={onRetry} />
      ) : (
        <Skeleton active paragraph={{ rows: 10 }} />
      )}
    </Drawer>
  )
}

type Question = 'off' | 'remove' | 'dead'

function Detail({
  of,
  buckets,
  dead,
  change,
  ...acts
}: { of: Subscription } & Pick<Props, 'buckets' | 'dead' | 'change'> & Acts) {
  const all = useWords(words)
  const w = all.subscription
  const { lang } = usePreferences()
  const report = useReport()
  const [question, setQuestion] = useState<Question>()
  const [editing, setEditing] = useState(false)
  const close = () => setQuestion(undefined)
  return (
    <div className={css.detail}>
      <header>
        <h2>{of.name}</h2>
        <div className={css.acts}>
          {of.state === 'on' ? (
            <Button onClick={() => acts.onPause().catch(report)}>{w.pause}</Button>
          ) : (
            <Button type="primary" onClick={() => acts.onResume().catch(report)}>
              {w.resume}
            </Button>
          )}
          <Button onClick={acts.onReplay}>{w.replay}</Button>
          <Button onClick={acts.onEvents}>{w.events}</Button>
          {of.state !== 'off' && (
            <Button type="text" danger onClick={() => setQuestion('off')}>
              {w.off}
            </Button>
          )}
          <Button type="text" danger onClick={() => setQuestion('remove')}>
            {w.remove}
          </Button>
        </div>
      </header>

      {of.failingSince !== undefined && (
        <Alert
          type="error"
          showIcon
          title={
            <>
              {w.failingSince} <Time at={of.failingSince} clock="real" />
            </>
          }
          description={of.lastError}
        />
      )}

      <section>
        <h3>{w.plot}</h3>
        <Plot buckets={buckets} />
      </section>

      <section>
        <div className={css.sectionHead}>
          <h3>{w.name}</h3>
          {!editing && (
            <Button size="small" onClick={() => setEditing(true)}>
              {w.edit}
            </Button>
          )}
        </div>
        {editing ? (
          <Edit
            of={of}
            change={change}
            onDone={() => {
              change.forget()
              setEditing(false)
            }}
          />
        ) : (
          <Facts
            rows={[
              [
                w.app,
                <Link key="app" to="/apps/$agentId" params={{ agentId: of.agentId }}>
                  {of.appName || of.agentId}
                </Link>,
              ],
              [
                w.way,
                <Chip key="way" tone="sea">
                  {all.ways[of.way] ?? of.way}
                </Chip>,
              ],
              ...optional(w.group, of.group),
              ...optional(w.reason, of.reason),
              [w.names, of.names.includes('*') ? w.every : <code key="names">{of.names.join(', ')}</code>],
              [w.ordered, of.ordered ? '✓' : '—'],
              [w.most, of.most],
              [w.timeout, count(of.timeoutMs, lang)],
              [w.backlog, count(of.backlog, lang)],
              ...optional(w.oldest, of.oldestAt !== undefined && <Time key="oldest" at={of.oldestAt} clock="real" />),
              [w.lastSuccess, <Moment key="ok" at={of.lastSuccessAt} />],
              [w.lastFailure, <Moment key="bad" at={of.lastFailureAt} told={of.lastError} />],
              [w.origin, w.origins[of.origin] ?? of.origin],
              [w.created, <Time key="created" at={of.createdAt} clock="real" />],
              ['ID', <Id key="id" text={of.subscriptionId} what="ID" />],
            ]}
          />
        )}
      </section>

      {of.way === 'callback' && <Receiver of={of} />}

      {of.dead > 0 && (
        <section>
          <div className={css.sectionHead}>
            <h3>
              {w.deadTitle} {count(of.dead, lang)}
            </h3>
            <Button size="small" onClick={() => setQuestion('dead')}>
              {w.deadRepush}
            </Button>
          </div>
          <p className={css.quiet}>{w.deadAbout}</p>
          <ul className={css.dead}>
            {dead?.map((one) => (
              <li key={one.eventId}>
                <Button type="link" className={css.link} onClick={() => acts.onEvent(one.eventId)}>
                  <code>{one.name}</code>
                </Button>
                <code>{one.object}</code>
                <span className={css.quiet}>{one.reason}</span>
                <Time at={one.diedAt} clock="real" />
              </li>
            ))}
          </ul>
        </section>
      )}

      {question === 'off' && (
        <Ask danger title={w.offTitle(of.name)} act={w.off} stops={w.offStops} onAct={acts.onOff} onClose={close} />
      )}
      {question === 'remove' && <Remove of={of} onRemove={acts.onRemove} onClose={close} />}
      {question === 'dead' && (
        <Ask
          title={w.deadRepushTitle(count(of.dead, lang))}
          act={w.deadRepush}
          onAct={acts.onRepushDead}
          onClose={close}
        >
          <p>{w.deadRepushAbout}</p>
        </Ask>
      )}
    </div>
  )
}

function optional(name: string, value: ReactNode): [string, ReactNode][] {
  return value ? [[name, value]] : []
}

function Moment({ at, told }: { at: number | undefined; told?: string }) {
  const w = useWords(words).subscription
  if (at === undefined) return <span className={css.quiet}>{w.never}</span>
  return (
    <span>
      <Time at={at} clock="real" /> {told && <span className={css.quiet}>{told}</span>}
    </span>
  )
}

/** Tries hour by hour, those that failed standing out. */
function Plot({ buckets }: { buckets: SubscriptionBucket[] | undefined }) {
  const w = useWords(words).subscription
  const { lang } = usePreferences()
  if (!buckets) return <Skeleton active title={false} paragraph={{ rows: 3 }} />
  if (buckets.every((bucket) => bucket.sent === 0)) return <p className={css.quiet}>{w.quiet}</p>
  return (
    <Bars
      label={w.plotLabel}
      bars={buckets.map((bucket) => ({
        key: String(bucket.at),
        name: clockTime(bucket.at, lang),
        all: bucket.sent,
        bad: bucket.failed,
        told: w.plotAt(
          clockTime(bucket.at, lang),
          count(bucket.accepted, lang),
          count(bucket.failed, lang),
          took(bucket.p99Us),
        ),
      }))}
    />
  )
}

function Edit({ of, change, onDone }: { of: Subscription; change: Props['change']; onDone: () => void }) {
  const w = useWords(words).subscription
  const c = useWords(common)
  const [form] = Form.useForm<SubscriptionChange>()
  return (
    <Form<SubscriptionChange>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{
        names: of.names,
        ordered: of.ordered,
        most: of.most,
        timeoutMs: of.timeoutMs,
        group: of.group ?? '',
      }}
      onFinish={(filled) => change.save(filled).then(onDone, () => undefined)}
    >
      {change.error ? <Alert role="alert" type="error" title={<Told error={change.error} />} /> : null}
      <Form.Item name="names" label={w.names} rules={[{ required: true, message: w.namesMissing }]}>
        <Names />
      </Form.Item>
      <Form.Item name="ordered" label={w.ordered} extra={w.orderedAbout} valuePropName="checked">
        <Switch />
      </Form.Item>
      <div className={css.pair}>
        <Form.Item name="most" label={w.most}>
          <InputNumber min={1} max={64} precision={0} className={css.wide} />
        </Form.Item>
        <Form.Item name="timeoutMs" label={w.timeout}>
          <InputNumber min={100} max={30_000} step={100} precision={0} className={css.wide} />
        </Form.Item>
      </div>
      <Form.Item name="group" label={w.group} extra={w.groupAbout}>
        <Input maxLength={64} />
      </Form.Item>
      <div className={css.acts}>
        <Button type="primary" htmlType="submit" loading={change.busy}>
          {w.save}
        </Button>
        <Button onClick={onDone}>{c.cancel}</Button>
      </div>
    </Form>
  )
}

function Remove({ of, onRemove, onClose }: { of: Subscription; onRemove: Acts['onRemove']; onClose: () => void }) {
  const w = useWords(words).subscription
  const { lang } = usePreferences()
  const [confirm, setConfirm] = useState('')
  return (
    <Ask
      danger
      title={w.removeTitle(of.name)}
      act={w.remove}
      stops={w.removeStops(count(of.backlog, lang))}
      ready={confirm === of.name}
      onAct={() => onRemove(confirm)}
      onClose={onClose}
    >
      <label>
        {w.removeConfirm(of.name)}
        <Input className={css.confirm} value={confirm} onChange={(event) => setConfirm(event.target.value)} />
      </label>
    </Ask>
  )
}
