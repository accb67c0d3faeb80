import { Button, Input } from 'antd'
import type { ReactNode } from 'react'
import type { Disclosure } from '../../api/types'
import { Empty } from '../../ui/Empty'
import { count, fieldOf, moment } from '../../ui/format'
import { EyeOutlined, SearchOutlined } from '../../ui/icons'
import list from '../../ui/list.module.css'
import { Page, Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { SearchField } from '../../ui/SearchField'
import { Chip, Time } from '../../ui/text'
import { words as common } from '../../ui/words'
import { PersonSelect } from '../apps/PersonSelect'
import { AppSelect } from '../calls/AppSelect'
import css from './disclosures.module.css'
import { type DisclosuresSearch, narrowed } from './search'
import { words } from './words'

interface Props {
  search: DisclosuresSearch
  appName: string | undefined
  rows: Disclosure[] | undefined
  error: unknown
  stale: boolean
  more: { busy: boolean; load: () => void } | undefined
  onRetry: () => void
  onSearch: (change: Partial<DisclosuresSearch>) => void
  chain: ReactNode
}

const nothing = {
  person: undefined,
  user: undefined,
  app: undefined,
  field: undefined,
  since: undefined,
  until: undefined,
} satisfies DisclosuresSearch

export function DisclosuresView(props: Props) {
  const { search, rows, error, stale, more, onRetry, onSearch, chain } = props
  const w = useWords(words)
  const c = useWords(common)
  const clear = (
    <Button type="link" onClick={() => onSearch(nothing)}>
      {w.filter.clear}
    </Button>
  )
  const open = (record: Disclosure) => onSearch({ record: record.seq })

  const columns: Column<Disclosure>[] = [
    { key: 'at', title: w.at, width: 112, cell: (one) => <Time at={one.at} clock="real" /> },
    { key: 'who', title: w.who, width: 208, cell: (one) => <Who record={one} onOpen={() => open(one)} /> },
    { key: 'fields', title: w.fields, cell: (one) => <Fields record={one} /> },
    { key: 'people', title: w.people, width: 200, cell: (one) => <About record={one} /> },
    { key: 'operation', title: w.operation, width: 248, cell: (one) => <Operation record={one} /> },
  ]

  return (
    <Page title={w.title} about={w.about}>
      {chain}
      <Panel flush>
        <Filters {...props} clear={narrowed(search) && clear} />
        <Rows
          label={w.title}
          columns={columns}
          rowKey={(one) => String(one.seq)}
          card={(one) => (
            <>
              <div className={list.cardHead}>
                <Who record={one} onOpen={() => open(one)} />
                <Time at={one.at} clock="real" />
              </div>
              <Fields record={one} />
              <div className={list.cardFoot}>
                <About record={one} />
                <Operation record={one} />
              </div>
            </>
          )}
          rows={rows}
          error={error}
          retry={onRetry}
          stale={stale}
          more={more}
          empty={
            // A page that looked through many records may be empty and have a next one.
            more ? (
              <Empty
                icon={<SearchOutlined />}
                title={w.noneTitle}
                action={
                  <Button loading={more.busy} onClick={more.load}>
                    {c.loadMore}
                  </Button>
                }
              />
            ) : narrowed(search) ? (
              <Empty icon={<SearchOutlined />} title={w.noneTitle} text={w.noneText} action={clear} />
            ) : (
              <Empty
                icon={<EyeOutlined />}
                title={w.emptyTitle}
                text={w.emptyText}
                cli={{ told: w.emptyCli, line: 'gatepost audit list' }}
              />
            )
          }
        />
      </Panel>
    </Page>
  )
}

function Filters({ search, appName, onSearch, clear }: Props & { clear: ReactNode }) {
  const w = useWords(words).filter
  const c = useWords(common)
  return (
    <div className={css.filters}>
      {(['person', 'user'] as const).map((key) => (
        <div key={key}>
          <label htmlFor={`filter-${key}`}>{w[key]}</label>
          <PersonSelect
            id={`filter-${key}`}
            single
            placeholder={w[`${key}Any`]}
            value={search[key] ? [{ userId: search[key], name: search[key] }] : []}
            onChange={([chosen]) => onSearch({ [key]: chosen?.userId })}
          />
        </div>
      ))}
      <div>
        <label htmlFor="filter-app">{c.app}</label>
        <AppSelect
          id="filter-app"
          value={search.app}
          name={appName}
          label={c.app}
          placeholder={c.anyApp}
          onChange={(app) => onSearch({ app })}
        />
      </div>
      <SearchField
        main
        label={w.field}
        value={search.field ?? ''}
        onChange={(field) => onSearch({ field: field || undefined })}
      />
      {(['since', 'until'] as const).map((key) => (
        <div key={key}>
          <label htmlFor={`filter-${key}`}>{w[key]}</label>
          <Input
            id={`filter-${key}`}
            type="datetime-local"
            value={search[key] === undefined ? '' : fieldOf(search[key])}
            onChange={(event) => onSearch({ [key]: moment(event.target.value) })}
          />
        </div>
      ))}
      {clear}
    </div>
  )
}

/** Who saw it: an app, for somebody or by itself, or somebody in the console. */
function Who({ record, onOpen }: { record: Disclosure; onOpen: () => void }) {
  const w = useWords(words)
  const name = record.appKey ?? record.userId ?? w.as[record.as] ?? record.as
  return (
    <span className={list.subject}>
      <button type="button" className={list.row} data-row aria-label={w.open(record.seq, name)} onClick={onOpen}>
        {name}
      </button>
      <small>{[w.as[record.as] ?? record.as, record.appKey && record.userId].filter(Boolean).join(' · ')}</small>
    </span>
  )
}

export function Fields({ record }: { record: Disclosure }) {
  const w = useWords(words)
  return (
    <span className={css.fields}>
      <Chip tone={record.change ? 'bad' : 'dull'}>{record.change ? w.changed : w.saw}</Chip>
      {record.fields.map((field) => (
        <Chip key={field} tone="sea">
          {field}
        </Chip>
      ))}
    </span>
  )
}

function About({ record }: { record: Disclosure }) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const shown = record.people.slice(0, 3)
  return (
    <span className={list.subject}>
      <code>{shown.join(', ')}</code>
      {record.count > shown.length && <small>{w.more(count(record.count, lang))}</small>}
    </span>
  )
}

function Operation({ record }: { record: Disclosure }) {
  return (
    <span className={list.subject}>
      <code>{record.operation}</code>
    </span>
  )
}
