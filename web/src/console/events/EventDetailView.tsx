import { Button, Drawer, Skeleton } from 'antd'
import { useState } from 'react'
import type { EventAttempt, EventDelivery, EventDetails } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Failure } from '../../ui/failure'
import { exact, took } from '../../ui/format'
import { Facts } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { Chip, Id, Snippet, Time } from '../../ui/text'
import { words as common } from '../../ui/words'
import css from './events.module.css'
import { Marks, State } from './State'
import { words } from './words'

interface Acts {
  onRepush: (subscriptionId: string) => Promise<unknown>
  onReplay: (subscriptionId?: string) => void
  onSubscription: (subscriptionId: string) => void
}

interface Props extends Acts {
  event: EventDetails | undefined
  error: unknown
  onRetry: () => void
  onClose: () => void
}

export function EventDetailView({ event, error, onRetry, onClose, ...acts }: Props) {
  const w = useWords(words).event
  const c = useWords(common)
  return (
    <Drawer
      open
      size="min(720px, 100vw)"
      title={w.title}
      onClose={onClose}
      closable={{ 'aria-label': c.close }}
      extra={event && <Button onClick={() => acts.onReplay()}>{w.replayFrom}</Button>}
    >
      {event ? (
        <Event event={event} {...acts} />
      ) : error ? (
        <Failure error={error} retry={onRetry} />
      ) : (
        <Skeleton active paragraph={{ rows: 10 }} />
      )}
    </Drawer>
  )
}

function Event({ event, ...acts }: { event: EventDetails } & Acts) {
  const w = useWords(words).event
  const { lang } = usePreferences()
  return (
    <div className={css.detail}>
      <header>
        <h2>{event.title || event.name}</h2>
        <Facts
          rows={[
            [w.name, <code key="name">{event.name}</code>],
            [w.object, <code key="object">{event.object}</code>],
            [w.id, <Id key="id" text={event.eventId} what={w.id} />],
            [w.at, exact(event.at, lang)],
            [w.madeAt, exact(event.madeAt, lang)],
          ]}
        />
      </header>
      <section>
        <h3>{w.body}</h3>
        <Snippet text={pretty(event.body)} what={w.body} />
        <p className={css.quiet}>{w.bodyAbout}</p>
      </section>
      <section>
        <h3>{w.deliveries}</h3>
        {event.deliveries.length === 0 && <p className={css.quiet}>{w.noDelivery}</p>}
        <ul className={css.deliveries}>
          {event.deliveries.map((delivery) => (
            <Delivery key={delivery.subscriptionId} delivery={delivery} {...acts} />
          ))}
        </ul>
        {event.more && <p className={css.quiet}>{w.more}</p>}
      </section>
      <section>
        <h3>{w.cli}</h3>
        <Snippet text={`gatepost events show ${event.eventId}`} what={w.cli} />
      </section>
    </div>
  )
}

/** The payload as people read it; what is no JSON as it is. */
function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}

function Delivery({ delivery, onRepush, onReplay, onSubscription }: { delivery: EventDelivery } & Acts) {
  const all = useWords(words)
  const w = all.event
  const [asking, setAsking] = useState(false)
  const gone = delivery.agentId === undefined
  const name = delivery.target || delivery.appName || delivery.subscriptionId
  return (
    <li>
      <div className={css.deliveryHead}>
        <div>
          {gone ? (
            <strong className={css.quiet}>{all.removed}</strong>
          ) : (
            <Button type="link" className={css.link} onClick={() => onSubscription(delivery.subscriptionId)}>
              {delivery.appName}
            </Button>
          )}
          <span className={css.chips}>
            {delivery.way && <Chip tone="sea">{all.ways[delivery.way] ?? delivery.way}</Chip>}
            {delivery.group && <Chip tone="cool">{all.group(delivery.group)}</Chip>}
            <Marks replayed={delivery.replayed} injected={undefined} />
          </span>
          {delivery.target && <code className={css.target}>{delivery.target}</code>}
        </div>
        <State state={delivery.state} />
      </div>
      <p className={css.quiet}>
        {delivery.attempts.length === 0 ? w.noAttempt : w.attempts(delivery.attempts.length)}
        {delivery.nextAt !== undefined && (
          <>
            {' · '}
            {w.next} <Time at={delivery.nextAt} clock="real" />
          </>
        )}
        {delivery.diedAt !== undefined && (
          <>
            {' · '}
            {w.died} <Time at={delivery.diedAt} clock="real" />
          </>
        )}
        {delivery.reason && ` · ${delivery.reason}`}
      </p>
      {delivery.attempts.length > 0 && (
        <ol className={css.attempts} aria-label={w.attempts(delivery.attempts.length)}>
          {delivery.attempts.map((attempt) => (
            <Attempt key={attempt.at} attempt={attempt} />
          ))}
        </ol>
      )}
      {!gone && (
        <div className={css.acts}>
          <Button size="small" onClick={() => setAsking(true)}>
            {w.repush}
          </Button>
          <Button size="small" type="text" onClick={() => onReplay(delivery.subscriptionId)}>
            {w.replayFrom}
          </Button>
        </div>
      )}
      {asking && (
        <Ask
          title={w.repushTitle(name)}
          act={w.repush}
          onAct={() => onRepush(delivery.subscriptionId)}
          onClose={() => setAsking(false)}
        >
          <p>{w.repushAbout}</p>
        </Ask>
      )}
    </li>
  )
}

const outcomes = { accepted: 'good', failed: 'bad', later: 'warn', dropped: 'dull', fetched: 'dull' } as const

function Attempt({ attempt }: { attempt: EventAttempt }) {
  const w = useWords(words).event
  const { lang } = usePreferences()
  return (
    <li>
      <Chip tone={outcomes[attempt.outcome]}>{w.outcomes[attempt.outcome]}</Chip>
      <time dateTime={new Date(attempt.at).toISOString()}>{exact(attempt.at, lang)}</time>
      <span className={css.number}>{took(attempt.tookUs)}</span>
      <span className={css.number} title={w.status}>
        {attempt.status || '—'}
      </span>
      <span className={css.answer}>
        {attempt.answer}
        <Marks replayed={false} injected={attempt.injected} />
      </span>
    </li>
  )
}
