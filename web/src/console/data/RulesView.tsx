import { Link } from '@tanstack/react-router'
import { Button, Switch } from 'antd'
import { useState } from 'react'
import type { MaskRule } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Empty } from '../../ui/Empty'
import { useReport } from '../../ui/failure'
import { SafetyCertificateOutlined, SearchOutlined } from '../../ui/icons'
import css from '../../ui/list.module.css'
import { Panel } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { SearchField } from '../../ui/SearchField'
import { Chip, Time } from '../../ui/text'
import { words as common } from '../../ui/words'
import type { DataSearch } from './search'
import { words } from './words'

interface Props {
  search: DataSearch
  all: MaskRule[] | undefined
  error: unknown
  onRetry: () => void
  onSearch: (change: Partial<DataSearch>) => void
  onEnable: (rule: MaskRule, enabled: boolean) => Promise<void>
  onRemove: (rule: MaskRule) => Promise<void>
}

const part = 50

export function RulesView({ search, all, error, onRetry, onSearch, onEnable, onRemove }: Props) {
  const w = useWords(words)
  const c = useWords(common)
  const [removing, setRemoving] = useState<MaskRule>()
  const [shown, setShown] = useState(part)
  const wanted = search.q?.trim().toLowerCase()
  const rows = all?.filter(
    (rule) =>
      !wanted ||
      `${rule.field}\n${rule.operation ?? ''}\n${rule.appName ?? ''}\n${rule.reason}`.toLowerCase().includes(wanted),
  )
  const add = (
    <Button type="primary" onClick={() => onSearch({ rule: 'new' })}>
      {w.rules.add}
    </Button>
  )
  const field = (rule: MaskRule) => (
    <span className={css.subject}>
      <button
        type="button"
        className={css.row}
        data-row
        aria-label={w.rules.open(rule.field)}
        onClick={() => onSearch({ rule: String(rule.id) })}
      >
        {rule.field}
      </button>
      {rule.reason && <small>{rule.reason}</small>}
    </span>
  )
  const remove = (rule: MaskRule) => (
    <span className={`${css.acts} ${css.above}`}>
      <Link to="/calls" search={{ q: `masked.rule.${rule.id}.` }}>
        <Button size="small" type="text" tabIndex={-1}>
          {w.rules.log}
        </Button>
      </Link>
      <Button size="small" type="text" danger onClick={() => setRemoving(rule)}>
        {c.remove}
      </Button>
    </span>
  )

  const columns: Column<MaskRule>[] = [
    { key: 'id', title: '#', width: 64, cell: (rule) => <span className={css.number}>{rule.id}</span> },
    { key: 'field', title: w.rules.field, cell: field },
    { key: 'kind', title: w.rules.kind, width: 144, cell: (rule) => <Kind rule={rule} /> },
    { key: 'for', title: w.rules.narrowed, cell: (rule) => <Narrowed rule={rule} /> },
    { key: 'on', title: w.rules.enabled, width: 80, cell: (rule) => <Enabled rule={rule} onEnable={onEnable} /> },
    { key: 'act', title: c.actions, align: 'right', width: 184, cell: remove },
  ]

  return (
    <Panel flush title={w.tabs.rules} about={w.rules.about} actions={add}>
      {(all?.length ?? 0) > 0 && (
        <div className={css.filters}>
          <SearchField
            main
            className={css.search}
            label={w.rules.search}
            value={search.q ?? ''}
            onChange={(q) => onSearch({ q: q || undefined })}
          />
        </div>
      )}
      <Rows
        label={w.tabs.rules}
        columns={columns}
        rowKey={(rule) => String(rule.id)}
        rows={rows?.slice(0, shown)}
        total={rows?.length}
        more={rows && rows.length > shown ? { busy: false, load: () => setShown(shown + part) } : undefined}
        error={error}
        retry={onRetry}
        empty={
          all?.length ? (
            <Empty
              icon={<SearchOutlined />}
              title={w.rules.noneTitle}
              text={w.rules.noneText}
              action={<Button onClick={() => onSearch({ q: undefined })}>{c.clear}</Button>}
            />
          ) : (
            <Empty
              icon={<SafetyCertificateOutlined />}
              title={w.rules.emptyTitle}
              text={w.rules.emptyText}
              action={add}
              cli={{ told: w.rules.emptyCli, line: 'gatepost mask set mobile --kind phone --app my-app' }}
            />
          )
        }
        card={(rule) => (
          <>
            <div className={css.cardHead}>
              {field(rule)}
              <Enabled rule={rule} onEnable={onEnable} />
            </div>
            <Narrowed rule={rule} />
            <div className={css.cardFoot}>
              <Kind rule={rule} />
              {remove(rule)}
            </div>
          </>
        )}
      />
      {removing && (
        <Ask
          danger
          title={w.rules.removeTitle(removing.field)}
          act={c.remove}
          onAct={() => onRemove(removing)}
          onClose={() => setRemoving(undefined)}
        >
          <p>{w.rules.removeAbout}</p>
          <Narrowed rule={removing} />
        </Ask>
      )}
    </Panel>
  )
}

function Kind({ rule }: { rule: MaskRule }) {
  const w = useWords(words)
  return (
    <Chip tone={rule.kind === 'hide' ? 'bad' : 'cool'} title={rule.pattern ?? w.rules.examples[rule.kind]}>
      {w.rules.kinds[rule.kind]}
    </Chip>
  )
}

/** For whom and where the rule holds. */
function Narrowed({ rule }: { rule: MaskRule }) {
  const w = useWords(words)
  const c = useWords(common)
  const parts = [
    rule.agentId !== undefined && (rule.appName ?? c.goneApp(rule.agentId)),
    rule.withoutScope && w.rules.withoutScope(rule.withoutScope),
    rule.dataGrade && w.rules.dataGrade(rule.dataGrade),
  ].filter(Boolean)
  return (
    <span className={css.subject}>
      {rule.operation && <code>{rule.operation}</code>}
      {parts.length > 0 && <span>{parts.join(' · ')}</span>}
      {!rule.operation && parts.length === 0 && <span className={css.quiet}>{w.rules.everything}</span>}
      <small>
        {w.rules.byAt(rule.by)} <Time at={rule.at} />
      </small>
    </span>
  )
}

function Enabled({ rule, onEnable }: { rule: MaskRule; onEnable: Props['onEnable'] }) {
  const w = useWords(words)
  const report = useReport()
  const [busy, setBusy] = useState(false)
  return (
    <span className={css.above}>
      <Switch
        size="small"
        aria-label={w.rules.enable(rule.field)}
        loading={busy}
        checked={rule.enabled}
        onChange={async (enabled) => {
          setBusy(true)
          await onEnable(rule, enabled).catch(report)
          setBusy(false)
        }}
      />
    </span>
  )
}
