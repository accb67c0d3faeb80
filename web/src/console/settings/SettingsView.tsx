import { Alert, Button, Input, Select, Skeleton, Switch } from 'antd'
import { type ReactNode, useState } from 'react'
import type { Clock, NewCorp, Platform, Session, Settings } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Failure, Told, useReport } from '../../ui/failure'
import { count } from '../../ui/format'
import { Facts, Page, Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { Secret } from '../../ui/text'
import css from '../apps/apps.module.css'
import { ClockControl } from '../shell/ClockControl'
import { words as shell } from '../shell/words'
import { CreateCorp } from './CreateCorp'
import { Keys } from './Keys'
import { words } from './words'

interface Acts {
  https: (on: boolean) => Promise<void>
  zone: (timeZone: string) => Promise<void>
  reset: (confirm: string) => Promise<void>
  create: (corp: NewCorp) => Promise<void>
}

interface Props {
  who: Session | undefined
  platform: Platform | undefined
  clock: Clock | undefined
  zone: string | undefined
  found: Settings | undefined
  error: unknown
  sso: { secret: string | undefined; busy: boolean; error: unknown; show: () => void }
  onRetry: () => void
  acts: Acts
}

type Question = 'https' | 'reset' | 'create'

export function SettingsView({ who, platform, clock, zone, found, error, sso, onRetry, acts }: Props) {
  const w = useWords(words)
  const report = useReport()
  const [question, setQuestion] = useState<Question>()
  const [busy, setBusy] = useState(false)
  const close = () => setQuestion(undefined)

  if (!found) {
    return (
      <Page title={w.title} about={w.about}>
        <Panel>{error ? <Failure error={error} retry={onRetry} /> : <Skeleton active paragraph={{ rows: 6 }} />}</Panel>
      </Page>
    )
  }
  return (
    <Page title={w.title} about={w.about}>
      <Panel title={w.transport.title}>
        <div className={css.setting}>
          <div>
            <h3>{w.transport.https}</h3>
            <p>{w.transport.httpsAbout}</p>
            {!found.requireHttps && location.protocol === 'http:' && <p>{w.transport.plain}</p>}
          </div>
          <Switch
            aria-label={w.transport.https}
            loading={busy}
            checked={found.requireHttps}
            onChange={async (on) => {
              if (on) return setQuestion('https')
              setBusy(true)
              await acts.https(false).catch(report)
              setBusy(false)
            }}
          />
        </div>
      </Panel>

      <Panel title={w.time.title}>
        <div className={`${css.setting} ${css.roomy}`}>
          <div>
            <h3>{w.time.clock}</h3>
            <p>{clock?.movable ? null : w.time.fixed}</p>
          </div>
          {clock && <ClockControl clock={clock} />}
        </div>
        <Zone zone={zone} onZone={acts.zone} />
      </Panel>

      <Panel title={w.sso.title} about={w.sso.about}>
        {sso.secret ? (
          <Secret text={sso.secret} what={w.sso.title} />
        ) : (
          <Button loading={sso.busy} onClick={sso.show}>
            {w.sso.show}
          </Button>
        )}
        {sso.error ? <Alert type="error" title={<Told error={sso.error} />} /> : null}
      </Panel>

      <Keys />

      {platform && (
        <About
          platform={platform}
          actions={who?.operator && <Button onClick={() => setQuestion('create')}>{w.create.act}</Button>}
        />
      )}

      {who?.operator && who.sandbox && (
        <Panel title={w.reset.danger}>
          <div className={css.setting}>
            <div>
              <h3>{w.reset.title}</h3>
              <p>{w.reset.about}</p>
            </div>
            <Button danger onClick={() => setQuestion('reset')}>
              {w.reset.act}
            </Button>
          </div>
        </Panel>
      )}

      {question === 'https' && (
        <Ask
          danger
          title={w.transport.onTitle}
          act={w.transport.on}
          stops={w.transport.onStops}
          onAct={() => acts.https(true)}
          onClose={close}
        >
          <p>{w.transport.onAbout}</p>
        </Ask>
      )}
      {question === 'reset' && who && <Reset name={who.corpName} onAct={acts.reset} onClose={close} />}
      {question === 'create' && <CreateCorp onCreate={acts.create} onClose={close} />}
    </Page>
  )
}

/** Every time zone that the browser knows, by the names that the platform takes. */
const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')]

function Zone({ zone, onZone }: { zone: string | undefined; onZone: Acts['zone'] }) {
  const w = useWords(words).time
  const [chosen, setChosen] = useState<string>()
  const [asking, setAsking] = useState(false)
  return (
    <div className={`${css.setting} ${css.roomy}`}>
      <div>
        <h3>{w.zone}</h3>
        <p>{w.zoneAbout}</p>
      </div>
      <div className={css.buttons}>
        <Select
          aria-label={w.zone}
          showSearch
          style={{ width: 240 }}
          loading={!zone}
          value={chosen ?? zone}
          onChange={setChosen}
          options={zones.map((value) => ({ value, label: value.replaceAll('_', ' ') }))}
        />
        <Button disabled={!chosen || chosen === zone} onClick={() => setAsking(true)}>
          {w.zoneSave}
        </Button>
      </div>
      {asking && chosen && (
        <Ask
          title={w.zoneTitle(chosen)}
          act={w.zoneSave}
          onAct={async () => {
            await onZone(chosen)
            setChosen(undefined)
          }}
          onClose={() => setAsking(false)}
        >
          <p>{w.zoneNote}</p>
        </Ask>
      )}
    </div>
  )
}

function About({ platform, actions }: { platform: Platform; actions: ReactNode }) {
  const w = useWords(words).platform
  const engines = useWords(shell).engine
  const { lang } = usePreferences()
  return (
    <Panel title={w.title} actions={actions}>
      <Facts
        rows={[
          [w.version, platform.version],
          [w.engine, engines[platform.engine]],
          [w.url, <code key="url">{platform.url}</code>],
          [w.replays, `${count(platform.replaysRefused, lang)} · ${w.replaysAbout}`],
          [w.nonces, `${count(platform.noncesRefused, lang)} · ${w.replaysAbout}`],
        ]}
      />
    </Panel>
  )
}

function Reset({ name, onAct, onClose }: { name: string; onAct: Acts['reset']; onClose: () => void }) {
  const w = useWords(words).reset
  const [typed, setTyped] = useState('')
  return (
    <Ask
      danger
      title={w.ask(name)}
      act={w.act}
      stops={w.stops(name)}
      ready={typed === name}
      onAct={() => onAct(typed)}
      onClose={onClose}
    >
      <p>{w.about}</p>
      <label>
        {w.confirm(name)}
        <Input autoFocus value={typed} spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
      </label>
    </Ask>
  )
}
