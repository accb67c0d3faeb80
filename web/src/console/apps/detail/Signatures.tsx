import { Button, Checkbox, Switch } from 'antd'
import { useState } from 'react'
import type { App, Scheme } from '../../../api/types'
import { Ask } from '../../../ui/Ask'
import { useReport } from '../../../ui/failure'
import { Panel } from '../../../ui/Page'
import { useWords } from '../../../ui/preferences'
import { Chip } from '../../../ui/text'
import type { Acts } from '../AppDetail'
import css from '../apps.module.css'
import { isOld, schemes } from '../schemes'
import { words } from '../words'

/** How the application may prove with a call who it is. */
export function Signatures({ app, acts }: { app: App; acts: Acts }) {
  const w = useWords(words).signatures
  const report = useReport()
  const [chosen, setChosen] = useState<readonly Scheme[]>(app.signatures)
  const [asking, setAsking] = useState(false)
  const [busy, setBusy] = useState(false)
  const changed = schemes.some((scheme) => chosen.includes(scheme) !== app.signatures.includes(scheme))
  const gone = app.signatures.filter((scheme) => !chosen.includes(scheme))
  const save = () => acts.update({ signatures: [...chosen] }, w.saved)

  async function run(act: () => Promise<unknown>) {
    setBusy(true)
    await act().catch(report)
    setBusy(false)
  }

  return (
    <Panel title={w.title} about={w.about}>
      <div className={css.stack}>
        <ul className={css.schemes} aria-label={w.title}>
          {schemes.map((scheme) => (
            <li key={scheme}>
              <Checkbox
                checked={chosen.includes(scheme)}
                onChange={(event) =>
                  setChosen(schemes.filter((one) => (one === scheme ? event.target.checked : chosen.includes(one))))
                }
              >
                <span className={css.scheme}>
                  <strong>{w.names[scheme]}</strong> <code>{scheme}</code>
                  {scheme === 'gp-hmac-sha256' && <Chip tone="good">{w.best}</Chip>}
                  {isOld(scheme) && <Chip tone="warn">{w.old}</Chip>}
                </span>
                <small>{w.abouts[scheme]}</small>
              </Checkbox>
            </li>
          ))}
        </ul>
        {chosen.length === 0 ? (
          <p role="alert">{w.none}</p>
        ) : (
          !chosen.includes('token') && <p className={css.quiet}>{w.must}</p>
        )}
        <div className={css.buttons}>
          <Button
            type="primary"
            disabled={!changed || chosen.length === 0}
            loading={busy}
            onClick={() => (gone.length > 0 ? setAsking(true) : run(save))}
          >
            {w.save}
          </Button>
          {changed && <Button onClick={() => setChosen(app.signatures)}>{w.reset}</Button>}
        </div>
        <div className={css.setting}>
          <div>
            <h3>{w.development}</h3>
            <p>{w.developmentAbout}</p>
          </div>
          <Switch
            aria-label={w.development}
            checked={app.development}
            onChange={(development) => run(() => acts.update({ development }))}
          />
        </div>
      </div>
      {asking && (
        <Ask
          danger
          title={w.lessTitle}
          act={w.save}
          stops={gone.map((scheme) => w.lessStops(app.name, w.names[scheme]))}
          onAct={save}
          onClose={() => setAsking(false)}
        />
      )}
    </Panel>
  )
}
