import { Button, Progress } from 'antd'
import { useState } from 'react'
import type { Replay } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Empty } from '../../ui/Empty'
import { count, exact } from '../../ui/format'
import { ClockCircleOutlined } from '../../ui/icons'
import { useKeys } from '../../ui/keys'
import { Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { Chip, Time } from '../../ui/text'
import { words as common } from '../../ui/words'
import css from './events.module.css'
import { words } from './words'

interface Props {
  rows: Replay[] | undefined
  error: unknown
  more: { busy: boolean; load: () => void } | undefined
  onRetry: () => void
  onNew: () => void
  onStop: (replayId: string) => Promise<void>
}

const tones = { running: 'cool', done: 'good', stopped: 'dull' } as const

/** How much of its part a replay has looked at, in percent. */
function done(replay: Replay): number {
  if (replay.state === 'done') return 100
  const whole = replay.until - replay.since
  return whole > 0 ? Math.min(99, Math.max(0, Math.floor((100 * (replay.doneAt - replay.since)) / whole))) : 0
}

export function ReplaysView({ rows, error, more, onRetry, onNew, onStop }: Props) {
  const all = useWords(words)
  const w = all.replay
  const c = useWords(common)
  const { lang } = usePreferences()
  const [stopping, setStopping] = useState<Replay>()
  useKeys({ n: onNew })
  const to = (one: Replay) => (
    <span className={css.name}>
      <strong>{one.appName || one.agentId}</strong>
      <span className={css.chips}>
        {one.group && <Chip tone="cool">{all.group(one.group)}</Chip>}
        {one.names?.map((name) => (
          <code key={name}>{name}</code>
        ))}
      </span>
    </span>
  )
  const range = (one: Replay) => (
    <span className={css.range}>
      {exact(one.since, lang)} –<br />
      {exact(one.until, lang)}
    </span>
  )
  const progress = (one: Replay) => (
    <>
      <Progress
        percent={done(one)}
        size="small"
        status={one.state === 'running' ? 'active' : one.state === 'done' ? 'success' : 'normal'}
        aria-label={w.progress}
      />
      <small className={css.quiet}>{w.seen(count(one.seen, lang), count(one.made, lang))}</small>
    </>
  )
  const act = (one: Replay) =>
    one.state === 'running' && (
      <Button size="small" data-row onClick={() => setStopping(one)}>
        {w.stop}
      </Button>
    )
  const state = (one: Replay) => (
    <Chip tone={tones[one.state]} dot>
      {w.states[one.state]}
    </Chip>
  )
  const columns: Column<Replay>[] = [
    { key: 'to', title: w.to, cell: to },
    { key: 'range', title: w.range, width: 200, cell: range },
    { key: 'progress', title: w.progress, width: '28%', cell: progress },
    { key: 'state', title: all.subscription.state, width: 104, cell: state },
    {
      key: 'by',
      title: w.by,
      width: 144,
      cell: (one) => (
        <span className={css.name}>
          <code>{one.createdBy}</code>
          <Time at={one.createdAt} clock="real" />
        </span>
      ),
    },
    { key: 'act', title: c.actions, align: 'right', width: 88, cell: act },
  ]
  const add = (
    <Button type="primary" onClick={onNew}>
      {w.title}
    </Button>
  )
  return (
    <Panel flush title={all.tabs.replays} about={w.about} actions={add}>
      <Rows
        label={all.tabs.replays}
        columns={columns}
        rowKey={(one) => one.replayId}
        rows={rows}
        error={error}
        retry={onRetry}
        more={more}
        card={(one) => (
          <>
            <div className={css.cardHead}>
              {state(one)}
              <Time at={one.createdAt} clock="real" />
            </div>
            {to(one)}
            {range(one)}
            {progress(one)}
            {act(one)}
          </>
        )}
        empty={
          <Empty
            icon={<ClockCircleOutlined />}
            title={w.emptyTitle}
            text={w.emptyText}
            action={add}
            cli={{ told: w.emptyCli, line: 'gatepost events replay --app $APP_KEY --since 1h' }}
          />
        }
      />
      {stopping && (
        <Ask
          title={w.stopTitle}
          act={w.stop}
          onAct={() => onStop(stopping.replayId)}
          onClose={() => setStopping(undefined)}
        >
          <p>{w.stopAbout}</p>
        </Ask>
      )}
    </Panel>
  )
}
