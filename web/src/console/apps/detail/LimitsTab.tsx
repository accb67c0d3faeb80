import { Link, useNavigate } from '@tanstack/react-router'
import { Skeleton } from 'antd'
import type { App, CallBucket, CallItem, LimitPackage, LimitUsage } from '../../../api/types'
import { useNow } from '../../../ui/clock'
import { Empty } from '../../../ui/Empty'
import { ThunderboltOutlined } from '../../../ui/icons'
import list from '../../../ui/list.module.css'
import { Panel } from '../../../ui/Page'
import { useWords } from '../../../ui/preferences'
import { type Column, Rows } from '../../../ui/Rows'
import { Time } from '../../../ui/text'
import { Chart } from '../../calls/Chart'
import { Left, State } from '../../limits/PackagesView'
import { stateOf } from '../../limits/packages'
import { Limit, Usage } from '../../limits/RulesView'
import { Subject, what } from '../../limits/Subject'
import { words as limitWords } from '../../limits/words'
import css from '../apps.module.css'
import { words } from '../words'

interface Props {
  app: App
  buckets: CallBucket[] | undefined
  rules: LimitUsage[] | undefined
  rulesError: unknown
  onRulesRetry: () => void
  packages: LimitPackage[] | undefined
  refused: CallItem[] | undefined
}

export function LimitsTab({ app, buckets, rules, rulesError, onRulesRetry, packages, refused }: Props) {
  const w = useWords(words).limits
  const l = useWords(limitWords)
  const now = useNow()
  const navigate = useNavigate()
  const columns: Column<LimitUsage>[] = [
    { key: 'what', title: w.what, cell: ({ rule }) => <Subject of={rule} /> },
    { key: 'limit', title: l.rule.limit, width: 184, cell: ({ rule }) => <Limit rule={rule} /> },
    { key: 'usage', title: l.rule.usage, width: 232, cell: (usage) => <Usage usage={usage} /> },
    { key: 'reset', title: l.rule.reset, align: 'right', width: 112, cell: (usage) => <Time at={usage.resetAt} /> },
  ]
  const own = (
    <Link to="/limits" search={{ app: app.agentId }}>
      {w.manage}
    </Link>
  )
  return (
    <div className={css.stack}>
      <Panel>
        {buckets ? (
          <Chart
            buckets={buckets}
            onPick={(since, until) => navigate({ to: '/calls', search: { app: app.agentId, since, until } })}
          />
        ) : (
          <Skeleton active title={false} paragraph={{ rows: 3 }} />
        )}
      </Panel>
      <Panel flush title={w.rules} about={w.rulesAbout} actions={own}>
        <Rows
          label={w.rules}
          columns={columns}
          rowKey={({ rule }) => rule.id}
          rows={rules}
          error={rulesError}
          retry={onRulesRetry}
          empty={
            <Empty
              icon={<ThunderboltOutlined />}
              title={w.none}
              text={w.noneText}
              action={
                <Link to="/limits" search={{ app: app.agentId, rule: 'new' }}>
                  {l.rule.add}
                </Link>
              }
            />
          }
          card={(usage) => (
            <>
              <Subject of={usage.rule} />
              <Usage usage={usage} />
              <div className={list.cardFoot}>
                <Limit rule={usage.rule} />
                <Time at={usage.resetAt} />
              </div>
            </>
          )}
        />
      </Panel>
      {packages && packages.length > 0 && (
        <Panel
          title={l.tabs.packages}
          actions={
            <Link to="/limits" search={{ tab: 'packages', q: app.name }}>
              {w.manage}
            </Link>
          }
        >
          <ul className={css.entries}>
            {packages.map((one) => (
              <li key={one.id}>
                <span>{what(one, l)}</span>
                <Left one={one} />
                <State state={stateOf(one, now)} />
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel
        title={w.refused}
        actions={
          <Link to="/calls" search={{ app: app.agentId, outcome: 'refused', q: 'limit.' }}>
            {w.allRefused}
          </Link>
        }
      >
        {refused?.length === 0 && <p className={css.quiet}>{w.noneRefused}</p>}
        <ul className={css.entries} aria-label={w.refused}>
          {refused?.map((call) => (
            <li key={call.id}>
              <span className={list.subject}>
                <Link to="/calls/$requestId" params={{ requestId: call.id }} search={{ app: app.agentId }}>
                  {call.title || call.path}
                </Link>
                <small>{call.message}</small>
              </span>
              <Time at={call.at} clock="real" />
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  )
}
