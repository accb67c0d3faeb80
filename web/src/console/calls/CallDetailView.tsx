import { Link } from '@tanstack/react-router'
import { Alert, Button, Drawer, Skeleton } from 'antd'
import { type ReactNode, useState } from 'react'
import type { CallDetails } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Failure } from '../../ui/failure'
import { bytes, exact, took } from '../../ui/format'
import { CheckCircleFilled, ToolOutlined } from '../../ui/icons'
import { Facts } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { Grade, Id, Snippet } from '../../ui/text'
import { words as common } from '../../ui/words'
import css from './calls.module.css'
import { Outcome } from './outcome'
import { outcomeOf } from './outcomes'
import { Steps } from './Steps'
import { words } from './words'

interface Props {
  call: CallDetails | undefined
  error: unknown
  /** What a repair did, once it was applied here. */
  applied: string | undefined
  onRetry: () => void
  onFix: () => Promise<unknown>
  onClose: () => void
}

export function CallDetailView({ call, error, applied, onRetry, onFix, onClose }: Props) {
  const w = useWords(words)
  const c = useWords(common)
  return (
    <Drawer
      open
      size="min(720px, 100vw)"
      title={w.detail.title}
      onClose={onClose}
      closable={{ 'aria-label': c.close }}
      extra={call && <Outcome call={call} />}
    >
      {call ? (
        <Call call={call} applied={applied} onFix={onFix} />
      ) : error ? (
        <Failure error={error} retry={onRetry} />
      ) : (
        <Skeleton active paragraph={{ rows: 10 }} />
      )}
    </Drawer>
  )
}

function Call({ call, applied, onFix }: { call: CallDetails } & Pick<Props, 'applied' | 'onFix'>) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const app = call.agentId !== undefined && (
    <Link to="/apps/$agentId" params={{ agentId: call.agentId }}>
      {call.appName ?? call.agentId}
    </Link>
  )
  return (
    <div className={css.detail}>
      <header>
        <h2>{call.title || call.operation}</h2>
        <p className={css.line}>
          <span className={css.method}>{call.method}</span>
          <Id text={call.path} what={w.operation} />
        </p>
      </header>

      <Explanation call={call} />
      {call.warning && <Alert type="warning" showIcon title={call.warning} />}
      {call.fix && <Fix fix={call.fix} applied={applied} onFix={onFix} />}

      <Section title={w.detail.steps}>
        <Steps call={call} />
      </Section>

      <Section title={w.detail.facts}>
        <Facts
          rows={[
            [w.detail.idV2, <Id key="v2" text={call.id} what={w.detail.idV2} />],
            [w.detail.idV1, <Id key="v1" text={call.shortId} what={w.detail.idV1} />],
            [w.detail.at, exact(call.at, lang)],
            ...optional(w.detail.app, app || call.appKey),
            ...optional(w.person, call.userId && <code>{call.userId}</code>),
            ...optional(
              w.delegate,
              call.delegate && (
                <Link to="/calls" search={{ q: call.delegate }} title={w.delegateCalls}>
                  {call.delegate}
                </Link>
              ),
            ),
            ...optional(w.confirmed, call.confirmed && <code>{call.confirmed}</code>),
            [w.detail.ip, <code key="ip">{call.ip}</code>],
            [w.detail.dialect, call.dialect],
            [w.detail.status, call.status],
            ...optional(w.detail.code, call.code && <code>{call.code}</code>),
            ...optional(w.detail.rule, call.rule && <code>{call.rule}</code>),
            ...optional(
              w.detail.masked,
              call.suppressed?.length ? <Suppressed fields={call.suppressed} /> : call.masked?.join(', '),
            ),
            ...optional(w.detail.shadow, call.shadow && <Shadow rules={call.shadow} />),
            ...optional(w.detail.ids, call.ids && <Ids ids={call.ids} />),
            ...optional(w.detail.scope, call.scope && <code>{call.scope}</code>),
            ...optional(w.detail.grade, call.grade && <Grade grade={call.grade} />),
            [w.detail.took, took(call.tookUs)],
            [w.detail.bytes, w.detail.bytesOf(bytes(call.requestBytes), bytes(call.answerBytes))],
          ]}
        />
      </Section>

      {call.canonical && (
        <Section title={w.detail.canonical}>
          <Snippet text={call.canonical} what={w.detail.canonical} />
        </Section>
      )}

      <Section title={w.detail.explain}>
        <Snippet text={`gatepost explain ${call.id}`} what={w.detail.explain} />
      </Section>
    </div>
  )
}

/** The fields that the caller did not get as they are, each with who or what decided so. */
function Suppressed({ fields }: { fields: NonNullable<CallDetails['suppressed']> }) {
  const w = useWords(words).detail
  return (
    <ul>
      {fields.map((one) => (
        <li key={`${one.field} ${one.why} ${one.ruleId}`}>
          <code>{one.field}</code>{' '}
          {one.ruleId === undefined ? (
            [w.whys[one.why] ?? one.why, one.scope].filter(Boolean).join(' ')
          ) : (
            <Link to="/data" search={{ rule: String(one.ruleId) }}>
              {w.byRule(one.ruleId)}
            </Link>
          )}
        </li>
      ))}
    </ul>
  )
}

/** The limits that only count and would have refused the call. */
function Shadow({ rules }: { rules: string[] }) {
  return (
    <ul>
      {rules.map((rule) => (
        <li key={rule}>
          <Link to="/calls" search={{ shadow: rule }}>
            <code>{rule}</code>
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** The ids that the application knows, and what they are on the platform. */
function Ids({ ids }: { ids: NonNullable<CallDetails['ids']> }) {
  const w = useWords(words).detail
  return (
    <ul className={css.ids}>
      {ids.map(({ kind, own, plain }) => (
        <li key={own} title={kind}>
          <code>{own}</code> {w.idIs} <code>{plain}</code>
        </li>
      ))}
    </ul>
  )
}

function optional(name: string, value: ReactNode): [string, ReactNode][] {
  return value ? [[name, value]] : []
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  )
}

/** Why the call ended as it did: the step, what it wanted, what it got. */
function Explanation({ call }: { call: CallDetails }) {
  const w = useWords(words)
  const outcome = outcomeOf(call)
  if (outcome === 'ok') {
    return (
      <p className={css.succeeded}>
        <CheckCircleFilled /> {w.detail.succeeded}
      </p>
    )
  }
  const step = w.steps[call.step] ?? call.step
  return (
    <section className={outcome === 'error' ? css.failed : css.refusal}>
      <h3>{outcome === 'error' ? w.detail.failedAt(step) : w.detail.refusedBy(step)}</h3>
      <p className={css.said}>{call.message}</p>
      {(call.expected || call.found) && (
        <dl className={css.compare}>
          <div>
            <dt>{w.detail.expected}</dt>
            <dd>
              <code>{call.expected ?? '—'}</code>
            </dd>
          </div>
          <div>
            <dt>{w.detail.found}</dt>
            <dd>
              <code>{call.found ?? '—'}</code>
            </dd>
          </div>
        </dl>
      )}
      {call.hint && (
        <p>
          <strong>{w.detail.hint}</strong> {call.hint}
        </p>
      )}
    </section>
  )
}

interface FixProps {
  fix: NonNullable<CallDetails['fix']>
  applied: string | undefined
  onFix: () => Promise<unknown>
}

function Fix({ fix, applied, onFix }: FixProps) {
  const w = useWords(words)
  const [asking, setAsking] = useState(false)
  if (applied !== undefined) {
    return <Alert role="status" type="success" showIcon title={w.detail.fixDone} description={applied} />
  }
  return (
    <section className={css.fix}>
      <div className={css.fixHead}>
        <div>
          <h3>{w.detail.fix}</h3>
          <p>{fix.description}</p>
          {!fix.allowed && fix.why && <p className={css.quiet}>{fix.why}</p>}
        </div>
        {fix.allowed && (
          <Button type="primary" icon={<ToolOutlined />} onClick={() => setAsking(true)}>
            {w.detail.fixAct}
          </Button>
        )}
      </div>
      <p className={css.quiet}>{w.detail.fixCli}</p>
      <Snippet text={fix.command} what={w.detail.fixCli} />
      {asking && (
        <Ask title={w.detail.fixTitle} act={w.detail.fixAct} onAct={onFix} onClose={() => setAsking(false)}>
          <p>{fix.description}</p>
          <p>{w.detail.fixAbout}</p>
          <Snippet text={fix.command} what={w.detail.fixAbout} />
          <p>{w.detail.fixAfter}</p>
        </Ask>
      )}
    </section>
  )
}
