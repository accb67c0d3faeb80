import { Button, Input } from 'antd'
import { useState } from 'react'
import type { LimitPackage } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { useNow } from '../../ui/clock'
import { Empty } from '../../ui/Empty'
import { count, exact } from '../../ui/format'
import { DashboardOutlined, SearchOutlined } from '../../ui/icons'
import css from '../../ui/list.module.css'
import { Meter } from '../../ui/Meter'
import { Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { SearchField } from '../../ui/SearchField'
import { Chip } from '../../ui/text'
import { words as common } from '../../ui/words'
import { orderOf, type PackageState, stateOf } from './packages'
import { Subject, useSubject, what } from './Subject'
import type { LimitsSearch } from './search'
import { words } from './words'

interface Props {
  search: LimitsSearch
  all: LimitPackage[] | undefined
  error: unknown
  onRetry: () => void
  onSearch: (change: Partial<LimitsSearch>) => void
  onRemove: (one: LimitPackage) => Promise<void>
}

const tones = { coming: 'sea', active: 'good', empty: 'bad', ended: 'dull' } as const satisfies Record<
  PackageState,
  string
>

const part = 50

export function PackagesView({ search, all, error, onRetry, onSearch, onRemove }: Props) {
  const w = useWords(words)
  const c = useWords(common)
  const now = useNow()
  const [removing, setRemoving] = useState<LimitPackage>()
  const [shown, setShown] = useState(part)
  const order = orderOf(all ?? [], now)
  const wanted = search.q?.trim().toLowerCase()
  const rows = all?.filter(
    (one) => !wanted || `${one.appName}\n${one.operation ?? ''}\n${one.group ?? ''}`.toLowerCase().includes(wanted),
  )
  const add = (
    <Button type="primary" onClick={() => onSearch({ grant: 'yes' })}>
      {w.packages.add}
    </Button>
  )
  const take = (one: LimitPackage) => (
    <Button size="small" type="text" danger data-row onClick={() => setRemoving(one)}>
      {w.packages.remove}
    </Button>
  )
  const place = (one: LimitPackage) => order.get(one.id) ?? w.packages.orderNone

  const columns: Column<LimitPackage>[] = [
    { key: 'subject', title: w.rule.subject, cell: (one) => <Subject of={one} /> },
    { key: 'left', title: w.packages.remaining, width: 232, cell: (one) => <Left one={one} /> },
    { key: 'valid', title: w.packages.validity, width: 208, cell: (one) => <Validity one={one} /> },
    { key: 'state', title: w.packages.state, width: 112, cell: (one) => <State state={stateOf(one, now)} /> },
    { key: 'order', title: w.packages.order, align: 'right', width: 88, cell: place },
    { key: 'act', title: c.actions, align: 'right', width: 96, cell: take },
  ]

  return (
    <Panel flush title={w.tabs.packages} about={`${w.packages.about} ${w.packages.orderAbout}`} actions={add}>
      {(all?.length ?? 0) > 0 && (
        <div className={css.filters}>
          <SearchField
            main
            className={css.search}
            label={w.search}
            value={search.q ?? ''}
            onChange={(q) => onSearch({ q: q || undefined })}
          />
        </div>
      )}
      <Rows
        label={w.tabs.packages}
        columns={columns}
        rowKey={(one) => one.id}
        rows={rows?.slice(0, shown)}
        total={rows?.length}
        more={rows && rows.length > shown ? { busy: false, load: () => setShown(shown + part) } : undefined}
        error={error}
        retry={onRetry}
        empty={
          all?.length ? (
            <Empty
              icon={<SearchOutlined />}
              title={w.rule.noneTitle}
              text={w.rule.noneText}
              action={<Button onClick={() => onSearch({ q: undefined })}>{c.clear}</Button>}
            />
          ) : (
            <Empty
              icon={<DashboardOutlined />}
              title={w.packages.emptyTitle}
              text={w.packages.emptyText}
              action={add}
              cli={{
                told: w.packages.emptyCli,
                line: 'gatepost limit package grant --app my-app --amount 10000 --days 30',
              }}
            />
          )
        }
        card={(one) => (
          <>
            <div className={css.cardHead}>
              <Subject of={one} />
              <State state={stateOf(one, now)} />
            </div>
            <Left one={one} />
            <div className={css.cardFoot}>
              <Validity one={one} />
              {take(one)}
            </div>
          </>
        )}
      />
      {removing && (
        <TakeBack
          one={removing}
          last={all?.filter((one) => one.agentId === removing.agentId).length === 1}
          onAct={() => onRemove(removing)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </Panel>
  )
}

interface TakeBackProps {
  one: LimitPackage
  last: boolean
  onAct: () => Promise<void>
  onClose: () => void
}

/** What was paid for is taken away, so the app is named by hand. */
function TakeBack({ one, last, onAct, onClose }: TakeBackProps) {
  const w = useWords(words)
  const c = useWords(common)
  const { lang } = usePreferences()
  const [typed, setTyped] = useState('')
  const name = one.appName || c.goneApp(one.agentId)
  return (
    <Ask
      danger
      title={w.packages.removeTitle(name)}
      act={w.packages.remove}
      stops={w.packages.removeStops(count(one.remaining, lang), what(one, w))}
      ready={typed === name}
      onAct={onAct}
      onClose={onClose}
    >
      {last && <p>{w.packages.removeLast}</p>}
      <label>
        {w.packages.removeConfirm(name)}
        <Input autoFocus value={typed} spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
      </label>
    </Ask>
  )
}

export function State({ state }: { state: PackageState }) {
  const w = useWords(words)
  return (
    <Chip tone={tones[state]} dot>
      {w.packages.states[state]}
    </Chip>
  )
}

export function Left({ one }: { one: LimitPackage }) {
  const w = useWords(words)
  const subject = useSubject()
  const { lang } = usePreferences()
  const left = count(one.remaining, lang)
  const all = count(one.amount, lang)
  return (
    <span className={css.gauge}>
      <Meter used={one.amount - one.remaining} max={one.amount} label={w.packages.label(subject(one), left, all)} />
      <span>{w.packages.remainingOf(left, all)}</span>
    </span>
  )
}

function Validity({ one }: { one: LimitPackage }) {
  const w = useWords(words)
  const { lang } = usePreferences()
  return (
    <span className={css.subject}>
      <span className={css.number}>{w.packages.until(exact(one.endsAt, lang))}</span>
      <small className={css.number}>{w.packages.from(exact(one.startsAt, lang))}</small>
    </span>
  )
}
