import { Button, Select, Tag } from 'antd'
import type { DeliveryState, EventItem } from '../../api/types'
import { Empty } from '../../ui/Empty'
import { clockTime } from '../../ui/format'
import { NotificationOutlined, SearchOutlined } from '../../ui/icons'
import { Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { SearchField } from '../../ui/SearchField'
import { Time } from '../../ui/text'
import { words as common } from '../../ui/words'
import { AppSelect } from '../calls/AppSelect'
import css from './events.module.css'
import { Marks, State } from './State'
import { type EventsSearch, narrowed, states } from './search'
import { words } from './words'

interface Props {
  search: EventsSearch
  appName: string | undefined
  rows: EventItem[] | undefined
  error: unknown
  stale: boolean
  more: { busy: boolean; load: () => void } | undefined
  onRetry: () => void
  onSearch: (change: Partial<EventsSearch>) => void
}

const nothing = {
  app: undefined,
  name: undefined,
  object: undefined,
  to: undefined,
  state: undefined,
  since: undefined,
  until: undefined,
} satisfies EventsSearch

export function LogView({ search, appName, rows, error, stale, more, onRetry, onSearch }: Props) {
  const all = useWords(words)
  const w = all.log
  const c = useWords(common)
  const { lang } = usePreferences()
  const clear = () => onSearch(nothing)
  const name = (event: EventItem) => <Name event={event} onOpen={() => onSearch({ event: event.eventId })} />
  const columns: Column<EventItem>[] = [
    { key: 'at', title: w.time, width: 112, cell: (event) => <Time at={event.madeAt} clock="real" /> },
    { key: 'event', title: w.event, cell: name },
    {
      key: 'object',
      title: w.object,
      width: '24%',
      cell: (event) => <code className={css.object}>{event.object}</code>,
    },
    { key: 'told', title: w.told, width: '30%', cell: (event) => <Told event={event} /> },
  ]
  return (
    <Panel flush>
      <div className={css.filters}>
        <SearchField
          main
          label={w.name}
          value={search.name ?? ''}
          onChange={(value) => onSearch({ name: value || undefined })}
        />
        <SearchField
          label={w.objectSearch}
          value={search.object ?? ''}
          onChange={(value) => onSearch({ object: value || undefined })}
        />
        <AppSelect
          value={search.app}
          name={appName}
          label={w.app}
          placeholder={w.anyApp}
          onChange={(app) => onSearch({ app })}
        />
        <Select<DeliveryState>
          aria-label={w.state}
          allowClear
          placeholder={w.anyState}
          value={search.state}
          onChange={(state?: DeliveryState) => onSearch({ state })}
          options={states.map((value) => ({ value, label: all.states[value], title: all.stateAbout[value] }))}
        />
      </div>
      {narrowed(search) && (
        <div className={css.narrowed}>
          {search.to !== undefined && (
            <Tag closable={{ 'aria-label': c.clear }} onClose={() => onSearch({ to: undefined })}>
              {w.oneSubscription}
            </Tag>
          )}
          {search.since !== undefined && (
            <Tag
              closable={{ 'aria-label': w.duringClear }}
              onClose={() => onSearch({ since: undefined, until: undefined })}
            >
              {w.during(clockTime(search.since, lang), search.until === undefined ? '' : clockTime(search.until, lang))}
            </Tag>
          )}
          <Button type="link" size="small" onClick={clear}>
            {c.clear}
          </Button>
        </div>
      )}
      <Rows
        label={all.tabs.log}
        columns={columns}
        rowKey={(event) => event.eventId}
        rows={rows}
        error={error}
        retry={onRetry}
        stale={stale}
        more={more}
        card={(event) => (
          <>
            <div className={css.cardHead}>
              <Told event={event} />
              <Time at={event.madeAt} clock="real" />
            </div>
            {name(event)}
            <code className={css.object}>{event.object}</code>
          </>
        )}
        empty={
          narrowed(search) ? (
            <Empty
              icon={<SearchOutlined />}
              title={w.noneTitle}
              text={w.noneText}
              action={<Button onClick={clear}>{c.clear}</Button>}
            />
          ) : (
            <Empty
              icon={<NotificationOutlined />}
              title={w.emptyTitle}
              text={w.emptyText}
              cli={{ told: w.emptyCli, line: 'gatepost events trigger user_add_org' }}
            />
          )
        }
      />
    </Panel>
  )
}

function Name({ event, onOpen }: { event: EventItem; onOpen: () => void }) {
  const w = useWords(words).log
  return (
    <div className={css.name}>
      <button type="button" className={css.row} data-row aria-label={w.open(event.name, event.object)} onClick={onOpen}>
        <code>{event.name}</code>
      </button>
      <p>{event.title}</p>
    </div>
  )
}

/** What became of an event, in as few words as tell it. */
function Told({ event }: { event: EventItem }) {
  const w = useWords(words).log
  const some = states.filter((state) => event[state] > 0)
  return (
    <span className={css.chips}>
      {some.map((state) => (
        <State key={state} state={state} n={event[state]} />
      ))}
      {some.length === 0 && (
        <span className={css.quiet}>{event.told > 0 ? w.toldOf(String(event.told)) : w.nobody}</span>
      )}
      <Marks replayed={event.replayed} injected={event.injected} />
    </span>
  )
}
