import { Switch } from 'antd'
import { useState } from 'react'
import type { App, Dialect } from '../../../api/types'
import { Ask } from '../../../ui/Ask'
import { useReport } from '../../../ui/failure'
import { Panel } from '../../../ui/Page'
import { useWords } from '../../../ui/preferences'
import { Chip } from '../../../ui/text'
import type { Acts } from '../AppDetail'
import css from '../apps.module.css'
import { words } from '../words'

const dialects = ['v2', 'v1'] as const satisfies readonly Dialect[]

/** In which dialects the application calls; it keeps at least one. */
export function Dialects({ app, acts }: { app: App; acts: Acts }) {
  const w = useWords(words).dialects
  const report = useReport()
  const [closing, setClosing] = useState<Dialect>()
  const [busy, setBusy] = useState<Dialect>()
  const set = (one: Dialect, on: boolean) =>
    acts.update({ dialects: dialects.filter((other) => (other === one ? on : app.dialects.includes(other))) }, w.saved)

  async function open(one: Dialect) {
    setBusy(one)
    await set(one, true).catch(report)
    setBusy(undefined)
  }

  return (
    <Panel title={w.title} about={w.about}>
      {dialects.map((one) => (
        <div key={one} className={css.setting}>
          <div>
            <h3>
              {w.names[one]} {one === 'v1' && <Chip tone="warn">{w.deprecated}</Chip>}
            </h3>
            <p>{w.abouts[one]}</p>
          </div>
          <Switch
            aria-label={w.names[one]}
            loading={busy === one}
            checked={app.dialects.includes(one)}
            disabled={app.dialects.length === 1 && app.dialects.includes(one)}
            onChange={(on) => (on ? open(one) : setClosing(one))}
          />
        </div>
      ))}
      {closing && (
        <Ask
          danger
          title={w.closeTitle(app.name, w.names[closing])}
          act={w.close}
          stops={w.closeStops(app.name, w.names[closing])}
          onAct={() => set(closing, false)}
          onClose={() => setClosing(undefined)}
        >
          <p>{w.tokens}</p>
        </Ask>
      )}
    </Panel>
  )
}
