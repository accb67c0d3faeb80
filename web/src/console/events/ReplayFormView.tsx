import { Alert, Form, Input, Radio } from 'antd'
import { useState } from 'react'
import type { ReplayCount, ReplayQuery, Subscription } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { useNow } from '../../ui/clock'
import { FormDrawer } from '../../ui/FormDrawer'
import { count as counted, fieldOf, moment } from '../../ui/format'
import { usePreferences, useWords } from '../../ui/preferences'
import { AppSelect } from '../calls/AppSelect'
import css from './events.module.css'
import { Names } from './Names'
import { words } from './words'

interface Props {
  subscription: Subscription | undefined
  subscriptionId: string | undefined
  fromEventId: string | undefined
  count: {
    busy: boolean
    error: unknown
    of: ReplayQuery | undefined
    result: ReplayCount | undefined
    run: (query: ReplayQuery) => void
    forget: () => void
  }
  onStart: (query: ReplayQuery) => Promise<void>
  onClose: () => void
}

const hour = 3_600_000

export function ReplayFormView({ subscription, subscriptionId, fromEventId, count, onStart, onClose }: Props) {
  const w = useWords(words).replay
  const { lang } = usePreferences()
  const now = useNow('real')
  const [app, setApp] = useState<{ agentId: number; name: string }>()
  const [group, setGroup] = useState('')
  const [by, setBy] = useState<'time' | 'event'>(fromEventId ? 'event' : 'time')
  const [since, setSince] = useState(() => fieldOf(now - hour))
  const [event, setEvent] = useState(fromEventId ?? '')
  const [until, setUntil] = useState('')
  const [names, setNames] = useState<string[]>([])
  const [asking, setAsking] = useState(false)

  const query: ReplayQuery = {
    subscriptionId,
    agentId: subscriptionId ? undefined : app?.agentId,
    group: subscriptionId ? undefined : group.trim() || undefined,
    since: by === 'time' ? moment(since) : undefined,
    fromEventId: by === 'event' ? event.trim() || undefined : undefined,
    until: moment(until),
    names: names.length > 0 ? names : undefined,
  }
  const ready = Boolean((query.subscriptionId || query.agentId) && (query.since || query.fromEventId))
  const same = JSON.stringify(count.of) === JSON.stringify(query)
  const result = same ? count.result : undefined
  const production = subscriptionId ? !subscription?.group : group.trim() === ''

  return (
    <FormDrawer
      title={w.title}
      act={result && result.deliveries > 0 ? w.act : w.count}
      busy={count.busy}
      error={same ? count.error : undefined}
      onAct={() => {
        if (result && result.deliveries > 0) setAsking(true)
        else if (ready) count.run(query)
      }}
      onClose={onClose}
    >
      <Form layout="vertical" requiredMark={false}>
        <p className={css.lead}>{w.about}</p>
        {subscriptionId ? (
          <Form.Item label={w.toSubscription}>
            <strong>{subscription?.name ?? subscriptionId}</strong>
          </Form.Item>
        ) : (
          <>
            <Form.Item label={w.toApp} htmlFor="replay-app">
              <AppSelect
                id="replay-app"
                value={app?.agentId}
                name={app?.name}
                label={w.app}
                placeholder={w.appMissing}
                onChange={(agentId, name) =>
                  setApp(agentId === undefined ? undefined : { agentId, name: name ?? String(agentId) })
                }
              />
            </Form.Item>
            <Form.Item label={w.toGroup} extra={w.toGroupAbout} htmlFor="replay-group">
              <Input
                id="replay-group"
                maxLength={64}
                value={group}
                onChange={(change) => setGroup(change.target.value)}
              />
            </Form.Item>
          </>
        )}
        <Form.Item label={w.from}>
          <Radio.Group
            value={by}
            onChange={(change) => setBy(change.target.value)}
            options={[
              { value: 'time', label: w.fromTime },
              { value: 'event', label: w.fromEvent },
            ]}
          />
          {by === 'time' ? (
            <Input
              aria-label={w.fromTime}
              type="datetime-local"
              className={css.confirm}
              status={moment(since) === undefined ? 'error' : undefined}
              value={since}
              onChange={(change) => setSince(change.target.value)}
            />
          ) : (
            <Input
              aria-label={w.fromEvent}
              className={css.confirm}
              value={event}
              onChange={(change) => setEvent(change.target.value)}
            />
          )}
          {!query.since && !query.fromEventId && <small role="alert">{w.fromMissing}</small>}
        </Form.Item>
        <Form.Item label={w.until} extra={w.untilAbout} htmlFor="replay-until">
          <Input
            id="replay-until"
            type="datetime-local"
            value={until}
            onChange={(change) => setUntil(change.target.value)}
          />
        </Form.Item>
        <Form.Item label={w.names} extra={w.namesAbout} htmlFor="replay-names">
          <Names id="replay-names" value={names} onChange={setNames} />
        </Form.Item>
      </Form>
      {result && <Counted result={result} production={production} />}
      {asking && result && (
        <Ask
          title={w.confirmTitle(counted(result.deliveries, lang))}
          act={w.act}
          danger={production}
          onAct={() => onStart(query)}
          onClose={() => setAsking(false)}
        >
          <Targets result={result} />
          {production && <p>{w.production}</p>}
        </Ask>
      )}
    </FormDrawer>
  )
}

function Counted({ result, production }: { result: ReplayCount; production: boolean }) {
  const w = useWords(words).replay
  const { lang } = usePreferences()
  if (result.deliveries === 0) return <Alert role="status" type="info" showIcon title={w.none} />
  return (
    <Alert
      role="status"
      type={production ? 'warning' : 'info'}
      showIcon
      title={w.counted(counted(result.deliveries, lang), counted(result.targets.length, lang))}
      description={
        <>
          <Targets result={result} />
          {production && <p>{w.production}</p>}
        </>
      }
    />
  )
}

function Targets({ result }: { result: ReplayCount }) {
  const w = useWords(words).replay
  const { lang } = usePreferences()
  return (
    <ul>
      {result.targets.map((target) => (
        <li key={target.subscriptionId}>
          {w.target(target.name, counted(target.deliveries, lang), counted(target.pending, lang))}
        </li>
      ))}
    </ul>
  )
}
