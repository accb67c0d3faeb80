import { Link } from '@tanstack/react-router'
import { Button, Segmented } from 'antd'
import type { AppItem, AppState } from '../../api/types'
import { Empty } from '../../ui/Empty'
import { count } from '../../ui/format'
import { AppstoreAddOutlined, PlusOutlined, SearchOutlined } from '../../ui/icons'
import { Page, Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { SearchField } from '../../ui/SearchField'
import { Chip, Grade, Time } from '../../ui/text'
import css from './apps.module.css'
import { Badge } from './Badge'
import type { AppsSearch } from './search'
import { words } from './words'

interface Props {
  search: AppsSearch
  rows: AppItem[] | undefined
  total: number | undefined
  error: unknown
  stale: boolean
  more: { busy: boolean; load: () => void } | undefined
  onRetry: () => void
  onSearch: (change: Partial<AppsSearch>) => void
}

export function AppsView({ search, rows, total, error, stale, more, onRetry, onSearch }: Props) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const create = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => onSearch({ create: 'yes' })}>
      {w.create}
    </Button>
  )

  const columns: Column<AppItem>[] = [
    { key: 'name', title: w.name, cell: (app) => <Name app={app} /> },
    { key: 'agentId', title: w.agentId, align: 'right', width: 128, cell: (app) => <code>{app.agentId}</code> },
    { key: 'state', title: w.state, width: 112, cell: (app) => <State state={app.state} /> },
    { key: 'grade', title: w.dataGrade, width: 112, cell: (app) => <Grade grade={app.dataGrade} /> },
    { key: 'scopes', title: w.scopes, align: 'right', width: 96, cell: (app) => count(app.scopes, lang) },
    { key: 'lastCall', title: w.lastCall, align: 'right', width: 144, cell: (app) => <LastCall app={app} /> },
    { key: 'created', title: w.created, align: 'right', width: 144, cell: (app) => <Time at={app.createdAt} /> },
  ]

  return (
    <Page title={w.apps} about={w.about} actions={create}>
      <Panel flush>
        <div className={css.filters}>
          <SearchField
            main
            className={css.search}
            label={w.search}
            value={search.q ?? ''}
            onChange={(q) => onSearch({ q: q || undefined })}
          />
          <Segmented<AppState | 'all'>
            aria-label={w.state}
            value={search.state ?? 'all'}
            onChange={(state) => onSearch({ state: state === 'all' ? undefined : state })}
            options={[
              { value: 'all', label: w.all },
              { value: 'enabled', label: w.states.enabled },
              { value: 'disabled', label: w.states.disabled },
            ]}
          />
        </div>
        <Rows
          label={w.apps}
          columns={columns}
          rowKey={(app) => String(app.agentId)}
          card={(app) => <Card app={app} />}
          rows={rows}
          error={error}
          retry={onRetry}
          stale={stale}
          total={total}
          more={more}
          empty={
            search.q || search.state ? (
              <Empty
                icon={<SearchOutlined />}
                title={w.noneTitle}
                text={w.noneText}
                action={<Button onClick={() => onSearch({ q: undefined, state: undefined })}>{w.clear}</Button>}
              />
            ) : (
              <Empty
                icon={<AppstoreAddOutlined />}
                title={w.emptyTitle}
                text={w.emptyText}
                action={create}
                cli={{ told: w.emptyCli, line: 'gatepost app create my-app' }}
              />
            )
          }
        />
      </Panel>
    </Page>
  )
}

function Name({ app }: { app: AppItem }) {
  return (
    <div className={css.name}>
      <Badge name={app.name} seed={app.agentId} />
      <div>
        <Link to="/apps/$agentId" params={{ agentId: app.agentId }} className={css.row} data-row>
          {app.name}
        </Link>
        <p>{app.description || app.appKey}</p>
      </div>
    </div>
  )
}

function Card({ app }: { app: AppItem }) {
  const w = useWords(words)
  const { lang } = usePreferences()
  return (
    <>
      <Name app={app} />
      <div className={css.cardFoot}>
        <State state={app.state} />
        <Grade grade={app.dataGrade} />
        <span>{w.scopesOf(count(app.scopes, lang))}</span>
        <span className={css.cardTime}>
          <LastCall app={app} />
        </span>
      </div>
    </>
  )
}

function LastCall({ app }: { app: AppItem }) {
  const w = useWords(words)
  return app.lastCallAt ? <Time at={app.lastCallAt} clock="real" /> : <span className={css.never}>{w.neverCalled}</span>
}

export function State({ state }: { state: AppState }) {
  const w = useWords(words)
  return (
    <Chip tone={state === 'enabled' ? 'good' : 'dull'} dot>
      {w.states[state]}
    </Chip>
  )
}
