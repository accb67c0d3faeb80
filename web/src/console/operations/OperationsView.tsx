import { Link } from '@tanstack/react-router'
import { Button, Segmented, Select } from 'antd'
import type { OperationItem, Scope } from '../../api/types'
import { Empty } from '../../ui/Empty'
import { SearchOutlined } from '../../ui/icons'
import css from '../../ui/list.module.css'
import { Page, Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { SearchField } from '../../ui/SearchField'
import { Chip, Grade } from '../../ui/text'
import { words as common } from '../../ui/words'
import own from './operations.module.css'
import { grades, narrowed, type OperationsSearch, positions, whiches } from './search'
import { words } from './words'

interface Props {
  search: OperationsSearch
  scopes: Scope[] | undefined
  rows: OperationItem[] | undefined
  total: number | undefined
  error: unknown
  stale: boolean
  more: { busy: boolean; load: () => void } | undefined
  onRetry: () => void
  onSearch: (change: Partial<OperationsSearch>) => void
}

const nothing = {
  q: undefined,
  dialect: undefined,
  grade: undefined,
  scope: undefined,
  state: undefined,
  which: undefined,
} satisfies OperationsSearch

export function OperationsView({ search, scopes, rows, total, error, stale, more, onRetry, onSearch }: Props) {
  const w = useWords(words)
  const c = useWords(common)
  const { lang } = usePreferences()
  const columns: Column<OperationItem>[] = [
    { key: 'operation', title: w.operation, cell: (one) => <Name one={one} /> },
    { key: 'grade', title: w.grade, width: 80, cell: (one) => one.grade && <Grade grade={one.grade} /> },
    {
      key: 'scope',
      title: w.scope,
      width: 280,
      cell: (one) => one.scope && <code className={own.field}>{one.scope}</code>,
    },
    { key: 'state', title: w.state, width: 128, cell: (one) => <State one={one} /> },
  ]
  return (
    <Page title={w.title} about={w.about}>
      <Panel flush>
        <div className={css.filters}>
          <Segmented<(typeof whiches)[number]>
            aria-label={w.which}
            value={search.which === 'known' || search.which === 'all' ? search.which : 'offered'}
            onChange={(which) => onSearch({ which: which === 'offered' ? undefined : which })}
            options={whiches.map((value) => ({ value, label: w.whiches[value] }))}
          />
          <SearchField
            main
            className={css.search}
            label={w.search}
            value={search.q ?? ''}
            onChange={(q) => onSearch({ q: q || undefined })}
          />
          <Segmented<'all' | 'v1' | 'v2'>
            aria-label={w.dialect}
            value={search.dialect ?? 'all'}
            onChange={(dialect) => onSearch({ dialect: dialect === 'all' ? undefined : dialect })}
            options={[{ value: 'all', label: c.all }, 'v1', 'v2']}
          />
          <Segmented<'all' | (typeof grades)[number]>
            aria-label={w.grade}
            value={search.grade ?? 'all'}
            onChange={(grade) => onSearch({ grade: grade === 'all' ? undefined : grade })}
            options={[
              { value: 'all', label: c.all },
              ...grades.map((value) => ({ value, label: value, title: c.grades[value] })),
            ]}
          />
          <Select
            className={css.pick}
            allowClear
            showSearch
            aria-label={w.scope}
            placeholder={w.scopeAny}
            popupMatchSelectWidth={360}
            value={search.scope}
            onChange={(scope?: string) => onSearch({ scope })}
            options={scopes
              ?.filter((one) => one.kind !== 'field')
              .map((one) => ({ value: one.scope, label: `${one.scope} · ${lang === 'zh' ? one.title : one.titleEn}` }))}
          />
          <Select
            className={css.pick}
            allowClear
            aria-label={w.state}
            placeholder={w.stateAny}
            value={search.state}
            onChange={(state?: OperationItem['state']) => onSearch({ state })}
            options={positions.map((value) => ({ value, label: w.states[value] }))}
          />
          {narrowed(search) && (
            <Button type="link" size="small" onClick={() => onSearch(nothing)}>
              {c.clear}
            </Button>
          )}
        </div>
        <Rows
          label={w.title}
          columns={columns}
          rowKey={(one) => one.operation}
          rows={rows}
          total={total}
          error={error}
          retry={onRetry}
          stale={stale}
          more={more}
          empty={
            <Empty
              icon={<SearchOutlined />}
              title={w.noneTitle}
              text={w.noneText}
              action={<Button onClick={() => onSearch(nothing)}>{c.clear}</Button>}
            />
          }
          card={(one) => (
            <>
              <Name one={one} />
              <div className={css.cardFoot}>
                {one.grade && <Grade grade={one.grade} />}
                <State one={one} />
              </div>
            </>
          )}
        />
      </Panel>
    </Page>
  )
}

function Name({ one }: { one: OperationItem }) {
  const { lang } = usePreferences()
  return (
    <span className={`${css.subject} ${own.path}`}>
      <Link to="/operations/detail" search={{ name: one.operation }} className={css.row} data-row>
        {(lang === 'zh' ? one.title : one.titleEn) || one.operation}
      </Link>
      <code>{one.operation}</code>
    </span>
  )
}

const tones = { open: 'good', allowed: 'warn', closed: 'bad' } as const

/** To whom an operation is open in the end. */
export function State({ one }: { one: OperationItem }) {
  const w = useWords(words)
  if (!one.offered) return <Chip tone="dull">{w.notOffered}</Chip>
  if (!one.switchable) return <Chip tone="dull">{w.always}</Chip>
  return (
    <Chip tone={tones[one.state]} dot>
      {w.states[one.state]}
    </Chip>
  )
}
