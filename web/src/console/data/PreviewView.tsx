import { Alert, Checkbox, Input, Spin } from 'antd'
import { useState } from 'react'
import type { Preview, RangeUser } from '../../api/types'
import { Told } from '../../ui/failure'
import form from '../../ui/form.module.css'
import { useWords } from '../../ui/preferences'
import { PersonSelect } from '../apps/PersonSelect'
import { AppSelect } from '../calls/AppSelect'
import { compare } from './compare'
import css from './data.module.css'
import { words } from './words'

interface Props {
  ready: boolean
  noApp: boolean
  as: { agentId: number; name: string } | undefined
  /** The rule is for one app, so no other can be chosen. */
  fixed: boolean
  person: RangeUser[]
  operation: string | undefined
  request: string
  ruleId: number | undefined
  result: Preview | undefined
  error: unknown
  busy: boolean
  onApp: (app: { agentId: number; name: string } | undefined) => void
  onPerson: (person: RangeUser[]) => void
  onRequest: (request: string) => void
}

export function PreviewView(props: Props) {
  const { ready, noApp, as, fixed, person, operation, request, result, error, busy } = props
  const w = useWords(words).preview
  return (
    <section className={css.preview} aria-labelledby="preview">
      <header>
        <h3 id="preview">
          {w.title} {busy && ready && <Spin size="small" />}
        </h3>
        <p>{w.about}</p>
      </header>
      <div className={form.pair}>
        <div className={css.field}>
          <label htmlFor="preview-app">{w.app}</label>
          {fixed ? (
            <Input id="preview-app" disabled value={as?.name} />
          ) : (
            <AppSelect
              id="preview-app"
              value={as?.agentId}
              name={as?.name}
              label={w.app}
              placeholder={w.app}
              onChange={(agentId, name) =>
                props.onApp(agentId === undefined ? undefined : { agentId, name: name ?? String(agentId) })
              }
            />
          )}
        </div>
        <div className={css.field}>
          <label htmlFor="preview-person">{w.person}</label>
          <PersonSelect
            id="preview-person"
            single
            placeholder={w.personAbout}
            value={person}
            onChange={props.onPerson}
          />
        </div>
      </div>
      {operation && (
        <div className={css.field}>
          <label htmlFor="preview-request">{w.request}</label>
          <Input
            id="preview-request"
            spellCheck={false}
            value={request}
            placeholder={w.requestAbout}
            onChange={(event) => props.onRequest(event.target.value)}
          />
        </div>
      )}
      <div aria-live="polite">
        {noApp ? (
          <p className={css.quiet}>{w.noApp}</p>
        ) : !ready ? (
          <p className={css.quiet}>{w.waiting}</p>
        ) : error ? (
          <Alert type="error" title={<Told error={error} />} />
        ) : (
          result && <Sides result={result} ruleId={props.ruleId} />
        )}
      </div>
    </section>
  )
}

function Sides({ result, ruleId }: { result: Preview; ruleId: number | undefined }) {
  const w = useWords(words).preview
  const [only, setOnly] = useState(true)
  const all = compare(result.before, result.after)
  const changed = all.filter((row) => row.changed)
  const why = (field: string) =>
    result.changed
      .filter((one) => {
        // Lists are not counted where a field was suppressed in each of their rows.
        const place = field.replaceAll(/\[\d+\]/g, '[]')
        return place === one.field || place.endsWith(`.${one.field}`)
      })
      .map((one) =>
        one.why === 'rule'
          ? one.ruleId === (ruleId ?? 0) || one.ruleId === undefined
            ? w.thisRule
            : `${w.why.rule} ${one.ruleId}`
          : [w.why[one.why] ?? one.why, one.scope].filter(Boolean).join(' '),
      )
  if (changed.length === 0) return <Alert type="warning" showIcon title={w.same} />
  return (
    <>
      <div className={css.sidesHead}>
        <span>{w.changed(changed.length, all.length)}</span>
        <Checkbox checked={only} onChange={(event) => setOnly(event.target.checked)}>
          {w.onlyChanged}
        </Checkbox>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, and must be able to without a mouse */}
      <section className={css.sides} tabIndex={0} aria-label={w.title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{w.field}</th>
              <th scope="col">{w.before}</th>
              <th scope="col">{w.after}</th>
            </tr>
          </thead>
          <tbody>
            {(only ? changed : all).map((row) => (
              <tr key={row.field} className={row.changed ? css.changed : undefined}>
                <th scope="row">
                  <code>{row.field}</code>
                  {row.changed && <small>{[...new Set(why(row.field))].join(' · ')}</small>}
                </th>
                <td>
                  <code>{row.before}</code>
                </td>
                <td>{row.after === undefined ? <em>{w.gone}</em> : <code>{row.after}</code>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}
