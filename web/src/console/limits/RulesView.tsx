import { Link } from '@tanstack/react-router'
import { Button, Segmented } from 'antd'
import { useState } from 'react'
import type { LimitRule, LimitUsage } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Empty } from '../../ui/Empty'
import { count } from '../../ui/format'
import { SearchOutlined, ThunderboltOutlined } from '../../ui/icons'
import css from '../../ui/list.module.css'
import { Meter } from '../../ui/Meter'
import { Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { SearchField } from '../../ui/SearchField'
import { Chip, Time } from '../../ui/text'
import { words as common } from '../../ui/words'
import { AppSelect } from '../calls/AppSelect'
import { Subject, useSubject } from './Subject'
import type { LimitsSearch } from './search'
import { words } from './words'

interface Props {
  search: LimitsSearch
  operator: boolean
  appName: string | undefined
  rows: LimitUsage[] | undefined
  error: unknown
  onRetry: () => void
  onSearch: (change: Partial<LimitsSearch>) => void
  onRemove: (rule: LimitRule) => Promise<void>
}

/** How many rules are shown at once; the rest is one press away. */
const part = 50

export function RulesView({ search, operator, appName, rows, error, onRetry, onSearch, onRemove }: Props) {
  const w = useWords(words)
  const c = useWords(common)
  const subject = useSubject()
  const [removing, setRemoving] = useState<LimitRule>()
  const [shown, setShown] = useState(part)
  // The platform's own defaults hold for the company too, and stand in its list.
  const mayChange = (rule: LimitRule) => operator || !rule.platform
  const open = (rule: LimitRule) => onSearch({ rule: rule.id })
  const add = (
    <Button type="primary" onClick={() => onSearch({ rule: 'new' })}>
      {w.rule.add}
    </Button>
  )

  const columns: Column<LimitUsage>[] = [
    {
      key: 'subject',
      title: w.rule.subject,
      cell: ({ rule }) => <Subject of={rule} onOpen={mayChange(rule) ? () => open(rule) : undefined} />,
    },
    { key: 'limit', title: w.rule.limit, width: 168, cell: ({ rule }) => <Limit rule={rule} /> },
    { key: 'usage', title: w.rule.usage, width: 232, cell: (usage) => <Usage usage={usage} /> },
    { key: 'reset', title: w.rule.reset, align: 'right', width: 112, cell: (usage) => <Time at={usage.resetAt} /> },
    {
      key: 'act',
      title: c.actions,
      align: 'right',
      width: 88,
      cell: ({ rule }) => mayChange(rule) && <Remove onAct={() => setRemoving(rule)} />,
    },
  ]

  return (
    <Panel flush>
      <div className={css.filters}>
        {operator && (
          <Segmented<'corp' | 'platform'>
            aria-label={w.ofLabel}
            value={search.platform ? 'platform' : 'corp'}
            onChange={(of) => onSearch({ platform: of === 'platform' ? 'yes' : undefined, app: undefined })}
            options={(['corp', 'platform'] as const).map((value) => ({ value, label: w.of[value] }))}
          />
        )}
        <SearchField
          main
          className={css.search}
          label={w.search}
          value={search.q ?? ''}
          onChange={(q) => onSearch({ q: q || undefined })}
        />
        {!search.platform && (
          <div className={css.pick}>
            <AppSelect
              value={search.app}
              name={appName}
              label={c.app}
              placeholder={c.anyApp}
              onChange={(app) => onSearch({ app })}
            />
          </div>
        )}
        <span className={css.end}>{add}</span>
      </div>
      <Rows
        label={w.tabs.rules}
        columns={columns}
        rowKey={({ rule }) => rule.id}
        rows={rows?.slice(0, shown)}
        total={rows?.length}
        more={rows && rows.length > shown ? { busy: false, load: () => setShown(shown + part) } : undefined}
        error={error}
        retry={onRetry}
        empty={
          search.q || search.app ? (
            <Empty
              icon={<SearchOutlined />}
              title={w.rule.noneTitle}
              text={w.rule.noneText}
              action={<Button onClick={() => onSearch({ q: undefined, app: undefined })}>{c.clear}</Button>}
            />
          ) : (
            <Empty
              icon={<ThunderboltOutlined />}
              title={w.rule.emptyTitle}
              text={w.rule.emptyText}
              action={add}
              cli={{
                told: w.rule.emptyCli,
                line: 'gatepost limit set --app my-app --window minute --max 600 --shadow',
              }}
            />
          )
        }
        card={(usage) => (
          <>
            <div className={css.cardHead}>
              <Subject of={usage.rule} onOpen={mayChange(usage.rule) ? () => open(usage.rule) : undefined} />
              {mayChange(usage.rule) && <Remove onAct={() => setRemoving(usage.rule)} />}
            </div>
            <Usage usage={usage} />
            <div className={css.cardFoot}>
              <Limit rule={usage.rule} />
              <Time at={usage.resetAt} />
            </div>
          </>
        )}
      />
      {removing && (
        <Ask
          danger
          title={w.rule.removeTitle}
          act={c.remove}
          onAct={() => onRemove(removing)}
          onClose={() => setRemoving(undefined)}
        >
          <p>
            <strong>{subject(removing)}</strong>
          </p>
          <p>{w.rule.removeAbout}</p>
        </Ask>
      )}
    </Panel>
  )
}

function Remove({ onAct }: { onAct: () => void }) {
  const c = useWords(common)
  return (
    <span className={css.above}>
      <Button size="small" type="text" danger onClick={onAct}>
        {c.remove}
      </Button>
    </span>
  )
}

export function Limit({ rule }: { rule: LimitRule }) {
  const w = useWords(words)
  const { lang } = usePreferences()
  return (
    <span className={css.line}>
      <span className={css.number}>{w.rule.per(count(rule.max, lang), w.rule.windows[rule.window])}</span>
      <Chip tone={rule.level === 1 ? 'sea' : 'cool'} title={w.rule.levelAbout[rule.level]}>
        {w.rule.level(rule.level)}
      </Chip>
      {rule.default && (
        <Chip tone="dull" title={w.rule.isDefaultAbout}>
          {w.rule.isDefault}
        </Chip>
      )}
      {rule.platform && (
        <Chip tone="dull" title={w.rule.platformAbout}>
          {w.rule.platform}
        </Chip>
      )}
      {rule.source && <Source of={rule.source} />}
      {rule.shadow && (
        <Chip tone="plum" title={w.rule.shadowAbout}>
          {w.rule.shadow}
        </Chip>
      )}
    </span>
  )
}

/** Where the number of a rule is from that came with the platform. */
export function Source({ of }: { of: string }) {
  const w = useWords(words)
  return (
    <a href={of} target="_blank" rel="noreferrer" className={css.above} title={of}>
      {w.rule.source}
    </a>
  )
}

/** How full the present window is, and for a shadow rule whom it would have refused. */
export function Usage({ usage }: { usage: LimitUsage }) {
  const w = useWords(words)
  const subject = useSubject()
  const { lang } = usePreferences()
  const { rule, used, remaining, wouldRefuse } = usage
  return (
    <span className={css.gauge}>
      <Meter
        used={used}
        max={rule.max}
        soft={rule.shadow}
        label={w.rule.usedLabel(subject(rule), count(used, lang), count(rule.max, lang))}
      />
      <span>
        <span>{w.rule.used(count(used, lang), count(rule.max, lang))}</span>
        {rule.shadow && wouldRefuse > 0 ? (
          <Link to="/calls" search={{ shadow: rule.id }} className={css.above} title={w.rule.shadowCalls}>
            {w.rule.wouldRefuse(count(wouldRefuse, lang))}
          </Link>
        ) : (
          <span>{w.rule.left(count(remaining, lang))}</span>
        )}
      </span>
    </span>
  )
}

/** The request log, narrowed to what limits refused. */
export function RefusedLink({ agentId, path }: { agentId?: number; path?: string }) {
  const w = useWords(words)
  return (
    <Link to="/calls" search={{ outcome: 'refused', q: 'limit.', app: agentId, path }}>
      {w.rule.refusals}
    </Link>
  )
}
