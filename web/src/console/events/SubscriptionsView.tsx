import { Button, Input } from 'antd'
import { useState } from 'react'
import type { Subscription } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Empty } from '../../ui/Empty'
import { count } from '../../ui/format'
import { NotificationOutlined, SearchOutlined } from '../../ui/icons'
import { useKeys } from '../../ui/keys'
import { Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { Chip } from '../../ui/text'
import { words as common } from '../../ui/words'
import { AppSelect } from '../calls/AppSelect'
import { CallbackForm } from './CallbackForm'
import css from './events.module.css'
import { Names } from './Names'
import { SubscriptionState } from './State'
import type { EventsSearch } from './search'
import { words } from './words'

interface NewSubscription {
  agentId: number
  names: string[]
  group?: string
}

interface Props {
  search: EventsSearch
  appName: string | undefined
  rows: Subscription[] | undefined
  error: unknown
  stale: boolean
  more: { busy: boolean; load: () => void } | undefined
  onRetry: () => void
  onSearch: (change: Partial<EventsSearch>) => void
  onAdd: (made: NewSubscription) => Promise<void>
}

export function SubscriptionsView({ search, appName, rows, error, stale, more, onRetry, onSearch, onAdd }: Props) {
  const all = useWords(words)
  const w = all.subscription
  const c = useWords(common)
  const { lang } = usePreferences()
  const [adding, setAdding] = useState<'callback' | 'pull'>()
  useKeys({ n: () => setAdding('callback') })
  const who = (one: Subscription) => <Who of={one} onOpen={() => onSearch({ subscription: one.subscriptionId })} />
  const day = (one: Subscription) => w.dayOf(count(one.accepted, lang), count(one.failed, lang))
  const columns: Column<Subscription>[] = [
    { key: 'who', title: w.name, cell: who },
    { key: 'state', title: w.state, width: 128, cell: (one) => <SubscriptionState subscription={one} /> },
    { key: 'backlog', title: w.backlog, align: 'right', width: 96, cell: (one) => count(one.backlog, lang) },
    { key: 'dead', title: w.dead, align: 'right', width: 96, cell: (one) => <Dead n={one.dead} /> },
    { key: 'day', title: w.day, align: 'right', width: 208, cell: day },
  ]
  const add = (
    <>
      <Button onClick={() => setAdding('pull')}>{w.add}</Button>
      <Button type="primary" onClick={() => setAdding('callback')}>
        {all.callback.add}
      </Button>
    </>
  )
  const begin = search.app === undefined ? undefined : { agentId: search.app, name: appName ?? String(search.app) }
  return (
    <Panel
      flush
      title={all.tabs.subscriptions}
      actions={
        <>
          <Button onClick={() => onSearch({ replay: 'new' })}>{w.replay}</Button>
          {add}
        </>
      }
    >
      <div className={css.filters}>
        <AppSelect
          value={search.app}
          name={appName}
          label={all.log.app}
          placeholder={all.log.anyApp}
          onChange={(app) => onSearch({ app })}
        />
      </div>
      <Rows
        label={all.tabs.subscriptions}
        columns={columns}
        rowKey={(one) => one.subscriptionId}
        rows={rows}
        error={error}
        retry={onRetry}
        stale={stale}
        more={more}
        card={(one) => (
          <>
            {who(one)}
            <div className={css.cardHead}>
              <SubscriptionState subscription={one} />
              <span>
                {w.backlog} {count(one.backlog, lang)}
              </span>
              <span>{day(one)}</span>
            </div>
          </>
        )}
        empty={
          search.app === undefined ? (
            <Empty
              icon={<NotificationOutlined />}
              title={w.emptyTitle}
              text={w.emptyText}
              action={add}
              cli={{
                told: w.emptyCli,
                line: 'gatepost events webhook set --app $APP_KEY --to https://app.example/callback',
              }}
            />
          ) : (
            <Empty
              icon={<SearchOutlined />}
              title={w.noneTitle}
              text={w.noneText}
              action={<Button onClick={() => onSearch({ app: undefined })}>{c.clear}</Button>}
            />
          )
        }
      />
      {adding === 'pull' && <Add begin={begin} onAdd={onAdd} onClose={() => setAdding(undefined)} />}
      {adding === 'callback' && (
        <CallbackForm
          begin={begin}
          onMade={(subscription) => {
            setAdding(undefined)
            onSearch({ subscription })
          }}
          onClose={() => setAdding(undefined)}
        />
      )}
    </Panel>
  )
}

function Who({ of, onOpen }: { of: Subscription; onOpen: () => void }) {
  const all = useWords(words)
  return (
    <div className={css.name}>
      <button
        type="button"
        className={css.row}
        data-row
        aria-label={all.subscription.open(of.target ? `${of.appName || of.agentId} ${of.name}` : of.name)}
        onClick={onOpen}
      >
        <strong>{of.appName || of.agentId}</strong>
      </button>
      <span className={css.chips}>
        <Chip tone="sea">{all.ways[of.way] ?? of.way}</Chip>
        {of.group && <Chip tone="cool">{all.group(of.group)}</Chip>}
      </span>
      {of.target && <code className={css.target}>{of.target}</code>}
    </div>
  )
}

function Dead({ n }: { n: number }) {
  const { lang } = usePreferences()
  return n > 0 ? <Chip tone="bad">{count(n, lang)}</Chip> : <span className={css.quiet}>0</span>
}

interface AddProps {
  begin: { agentId: number; name: string } | undefined
  onAdd: Props['onAdd']
  onClose: () => void
}

function Add({ begin, onAdd, onClose }: AddProps) {
  const w = useWords(words).subscription
  const [app, setApp] = useState(begin)
  const [names, setNames] = useState<string[]>(['*'])
  const [group, setGroup] = useState('')
  return (
    <Ask
      title={w.add}
      act={w.add}
      ready={app !== undefined && names.length > 0}
      onAct={async () => {
        if (app) await onAdd({ agentId: app.agentId, names, group: group.trim() || undefined })
      }}
      onClose={onClose}
    >
      <p>{w.addAbout}</p>
      <div className={css.field}>
        <label htmlFor="add-app">{w.app}</label>
        <AppSelect
          id="add-app"
          value={app?.agentId}
          name={app?.name}
          label={w.app}
          placeholder={w.addApp}
          onChange={(agentId, name) =>
            setApp(agentId === undefined ? undefined : { agentId, name: name ?? String(agentId) })
          }
        />
      </div>
      <div className={css.field}>
        <label htmlFor="add-names">{w.names}</label>
        <Names id="add-names" value={names} onChange={setNames} />
        {names.length === 0 && <small role="alert">{w.namesMissing}</small>}
      </div>
      <div className={css.field}>
        <label htmlFor="add-group">{w.group}</label>
        <Input id="add-group" maxLength={64} value={group} onChange={(event) => setGroup(event.target.value)} />
        <small className={css.quiet}>{w.groupAbout}</small>
      </div>
    </Ask>
  )
}
