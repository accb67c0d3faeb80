import { Link } from '@tanstack/react-router'
import { Button, Segmented, Select, Skeleton, Switch, Tag } from 'antd'
import type { CallBucket, CallItem, CallOutcome } from '../../api/types'
import { Empty } from '../../ui/Empty'
import { clockTime, took } from '../../ui/format'
import { ProfileOutlined, SearchOutlined } from '../../ui/icons'
import { Page, Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { SearchField } from '../../ui/SearchField'
import { Chip, Time } from '../../ui/text'
import { AppSelect } from './AppSelect'
import { Chart } from './Chart'
import css from './calls.module.css'
import { Outcome } from './outcome'
import { type CallsSearch, narrowed } from './search'
import { words } from './words'

interface Props {
  search: CallsSearch
  appName: string | undefined
  url: string
  buckets: CallBucket[] | undefined
  rows: CallItem[] | undefined
  error: unknown
  stale: boolean
  more: { busy: boolean; load: () => void } | undefined
  onRetry: () => void
  onSearch: (change: Partial<CallsSearch>) => void
}

const nothing = {
  outcome: undefined,
  app: undefined,
  path: undefined,
  shadow: undefined,
  q: undefined,
  id: undefined,
  since: undefined,
  until: undefined,
} satisfies CallsSearch

export function CallsView(props: Props) {
  const { search, appName, url, buckets, rows, error, stale, more, onRetry, onSearch } = props
  const w = useWords(words)
  const { lang } = usePreferences()
  const clear = () => onSearch(nothing)

  const columns: Column<CallItem>[] = [
    { key: 'at', title: w.time, width: 112, cell: (call) => <Time at={call.at} clock="real" /> },
    { key: 'operation', title: w.operation, cell: (call) => <Operation call={call} search={search} /> },
    { key: 'app', title: w.app, width: 176, cell: (call) => <Caller call={call} /> },
    { key: 'outcome', title: w.outcome, width: 176, cell: (call) => <Outcome call={call} /> },
    { key: 'took', title: w.tookTitle, align: 'right', width: 96, cell: (call) => took(call.tookUs) },
  ]

  return (
    <Page
      title={w.title}
      about={w.about}
      actions={
        <label className={css.live}>
          {search.live && <i aria-hidden />}
          {w.live}
          <Switch checked={search.live === 'yes'} onChange={(on) => onSearch({ live: on ? 'yes' : undefined })} />
        </label>
      }
    >
      <Panel>
        {buckets ? (
          <Chart buckets={buckets} onPick={(since, until) => onSearch({ since, until })} />
        ) : (
          <Skeleton active title={false} paragraph={{ rows: 3 }} />
        )}
      </Panel>
      <Panel flush>
        <div className={css.filters}>
          <Segmented<CallOutcome | 'all'>
            aria-label={w.outcome}
            value={search.outcome ?? 'all'}
            onChange={(outcome) => onSearch({ outcome: outcome === 'all' ? undefined : outcome })}
            options={(['all', 'ok', 'refused', 'error'] as const).map((value) => ({
              value,
              label: w.outcomes[value],
            }))}
          />
          <SearchField main label={w.text} value={search.q ?? ''} onChange={(q) => onSearch({ q: q || undefined })} />
          <AppSelect
            value={search.app}
            name={appName}
            label={w.app}
            placeholder={w.appAny}
            onChange={(app) => onSearch({ app })}
          />
          <SearchField
            label={w.path}
            value={search.path ?? ''}
            onChange={(path) => onSearch({ path: path || undefined })}
          />
          <Select<string>
            aria-label={w.shadow}
            allowClear
            placeholder={w.shadow}
            value={search.shadow}
            onChange={(shadow?: string) => onSearch({ shadow })}
            options={['any', ...(search.shadow && search.shadow !== 'any' ? [search.shadow] : [])].map((value) => ({
              value,
              label: value === 'any' ? w.shadowAny : w.shadowBy(value),
            }))}
          />
          <SearchField label={w.id} value={search.id ?? ''} onChange={(id) => onSearch({ id: id || undefined })} />
        </div>
        {narrowed(search) && (
          <div className={css.narrowed}>
            {search.since !== undefined && search.until !== undefined && (
              <Tag
                closable={{ 'aria-label': w.duringClear }}
                onClose={() => onSearch({ since: undefined, until: undefined })}
              >
                {w.during(clockTime(search.since, lang), clockTime(search.until, lang))}
              </Tag>
            )}
            <Button type="link" size="small" onClick={clear}>
              {w.clear}
            </Button>
          </div>
        )}
        <Rows
          label={w.title}
          columns={columns}
          rowKey={(call) => call.id}
          card={(call) => <Card call={call} search={search} />}
          rows={rows}
          error={error}
          retry={onRetry}
          stale={stale}
          more={more}
          empty={
            narrowed(search) ? (
              <Empty
                icon={<SearchOutlined />}
                title={w.noneTitle}
                text={w.noneText}
                action={<Button onClick={clear}>{w.clear}</Button>}
              />
            ) : (
              <Empty
                icon={<ProfileOutlined />}
                title={w.emptyTitle}
                text={w.emptyText}
                cli={{ told: w.emptyCli, line: `curl "${url}/gettoken?appkey=$APP_KEY&appsecret=$APP_SECRET"` }}
              />
            )
          }
        />
      </Panel>
    </Page>
  )
}

function Operation({ call, search }: { call: CallItem; search: CallsSearch }) {
  const w = useWords(words)
  return (
    <div className={css.operation}>
      <Link
        to="/calls/$requestId"
        params={{ requestId: call.id }}
        search={search}
        preload={false}
        className={css.row}
        data-row
      >
        <span className={css.method}>{call.method}</span> <code>{call.path}</code>
      </Link>
      <p>{call.title}</p>
      {call.shadow && (
        <Chip tone="plum" title={call.shadow.join(', ')}>
          {w.shadowed}
        </Chip>
      )}
    </div>
  )
}

function Caller({ call }: { call: CallItem }) {
  const w = useWords(words)
  if (!call.delegate) return <App call={call} />
  return (
    <span className={css.caller}>
      <App call={call} />
      <Chip tone="plum" title={w.delegate}>
        {call.delegate}
      </Chip>
    </span>
  )
}

function App({ call }: { call: CallItem }) {
  const w = useWords(words)
  if (call.appName) return call.appName
  if (call.dialect === 'console') return <span className={css.quiet}>{w.console}</span>
  return <span className={css.quiet}>{call.appKey ?? w.unknownApp}</span>
}

function Card({ call, search }: { call: CallItem; search: CallsSearch }) {
  return (
    <>
      <div className={css.cardHead}>
        <Outcome call={call} />
        <span>{took(call.tookUs)}</span>
        <Time at={call.at} clock="real" />
      </div>
      <Operation call={call} search={search} />
      <p className={css.cardApp}>
        <Caller call={call} />
      </p>
    </>
  )
}
