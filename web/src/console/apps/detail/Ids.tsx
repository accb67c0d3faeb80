import { Button, Radio } from 'antd'
import { useState } from 'react'
import type { App, IDs } from '../../../api/types'
import { Ask } from '../../../ui/Ask'
import { Panel } from '../../../ui/Page'
import { useWords } from '../../../ui/preferences'
import type { Acts } from '../AppDetail'
import css from '../apps.module.css'
import { words } from '../words'

const choices = ['plain', 'both', 'open'] as const satisfies readonly IDs[]

/** Which ids of people and companies the application is told. What it has stored under the others is asked about. */
export function Ids({ app, acts }: { app: App; acts: Acts }) {
  const w = useWords(words).ids
  const [chosen, setChosen] = useState<IDs>(app.ids)
  const [asking, setAsking] = useState(false)
  return (
    <Panel title={w.title} about={w.about}>
      <div className={css.stack}>
        <Radio.Group
          aria-label={w.title}
          className={css.choices}
          value={chosen}
          onChange={(event) => setChosen(event.target.value)}
        >
          {choices.map((one) => (
            <Radio key={one} value={one}>
              <span className={css.choice}>
                <strong>{w.names[one]}</strong> <small className={css.quiet}>{w.abouts[one]}</small>
              </span>
            </Radio>
          ))}
        </Radio.Group>
        <div className={css.buttons}>
          <Button type="primary" disabled={chosen === app.ids} onClick={() => setAsking(true)}>
            {w.save}
          </Button>
        </div>
      </div>
      {asking && (
        <Ask
          danger
          title={w.askTitle(app.name, w.names[chosen])}
          act={w.save}
          stops={w.stops[chosen]}
          onAct={() => acts.update({ ids: chosen }, w.saved)}
          onClose={() => setAsking(false)}
        >
          <p>{w.after[chosen]}</p>
        </Ask>
      )}
    </Panel>
  )
}
