import { Alert, Button, Select } from 'antd'
import { useState } from 'react'
import type { Trial } from '../../api/types'
import { Bars } from '../../ui/Bars'
import { Told } from '../../ui/failure'
import { count, exact } from '../../ui/format'
import { ExperimentOutlined } from '../../ui/icons'
import { usePreferences, useWords } from '../../ui/preferences'
import css from './limits.module.css'
import { dayBars, sums } from './trial'
import { words } from './words'

interface Props {
  busy: boolean
  error: unknown
  result: Trial | undefined
  /** The result is of another rule than the form now shows. */
  stale: boolean
  run: (hours: number) => void
}

/** What the rule would have done, before it does it. */
export function TrialView({ busy, error, result, stale, run }: Props) {
  const w = useWords(words).trial
  const [hours, setHours] = useState(168)
  return (
    <section className={css.trial} aria-labelledby="trial">
      <header>
        <div>
          <h3 id="trial">{w.title}</h3>
          <p>{w.about}</p>
        </div>
        <div className={css.trialRun}>
          <Select
            aria-label={w.hoursLabel}
            value={hours}
            onChange={setHours}
            options={[24, 72, 168, 720].map((value) => ({ value, label: w.hours[value] }))}
          />
          <Button icon={<ExperimentOutlined />} loading={busy} onClick={() => run(hours)}>
            {w.run}
          </Button>
        </div>
      </header>
      {error ? <Alert role="alert" type="error" title={<Told error={error} />} /> : null}
      {!error && result && (
        <div className={stale ? css.stale : undefined} aria-live="polite">
          {stale && <p>{w.stale}</p>}
          <Result result={result} />
        </div>
      )}
    </section>
  )
}

function Result({ result }: { result: Trial }) {
  const w = useWords(words).trial
  const { lang } = usePreferences()
  const { calls, refused } = sums(result)
  const said = (n: number) => count(n, lang)
  if (calls === 0) return <Alert type="info" showIcon title={w.nothing} />
  return (
    <div className={css.outcome}>
      {refused === 0 ? (
        <Alert type="success" showIcon title={w.fine(said(calls))} />
      ) : (
        <Alert type="warning" showIcon title={w.bad(said(refused), said(calls), said(result.list.length))} />
      )}
      <Bars label={w.days} bars={dayBars(result.days, lang, w.day)} />
      {result.list.length > 0 && (
        <>
          <h4>{w.apps}</h4>
          <ul className={css.apps}>
            {result.list.map((app) => (
              <li key={app.agentId}>
                <div className={css.app}>
                  <strong>{app.appName || app.agentId}</strong>
                  <span>{w.app(said(app.refused), said(app.calls))}</span>
                </div>
                <Bars label={`${app.appName} · ${w.days}`} bars={dayBars(app.days, lang, w.day)} />
                <details>
                  <summary>{w.windows}</summary>
                  <ol>
                    {app.windows.map((window) => (
                      <li key={window.startsAt}>
                        <time dateTime={new Date(window.startsAt).toISOString()}>{exact(window.startsAt, lang)}</time>
                        <span>{said(window.refused)}</span>
                      </li>
                    ))}
                  </ol>
                </details>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}
