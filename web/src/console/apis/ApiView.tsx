import { Link } from '@tanstack/react-router'
import { Button, Skeleton } from 'antd'
import type { ApiHealth, ApiOperation, ApiPublications, ApiVersion } from '../../api/types'
import { Failure } from '../../ui/failure'
import { ArrowLeftOutlined } from '../../ui/icons'
import { Facts, Page, Panel } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { Chip, Grade, Time } from '../../ui/text'
import { words as common } from '../../ui/words'
import css from './apis.module.css'
import { Findings } from './Findings'
import { spell } from './masks'
import { words } from './words'

interface Props {
  group: string
  version: string
  found: ApiVersion | undefined
  error: unknown
  history: ApiPublications | undefined
  upstream: ApiHealth | undefined
  onRetry: () => void
  onAsk: (what: 'publish' | 'withdraw' | 'upstream' | { rollback: number } | { operation: ApiOperation }) => void
}

export function ApiView({ group, version, found, error, history, upstream, onRetry, onAsk }: Props) {
  const w = useWords(words)
  if (error && !found) return <Failure error={error} retry={onRetry} />
  return (
    <Page
      title={found?.group.title || group}
      above={
        <Link to="/apis">
          <ArrowLeftOutlined /> {w.back}
        </Link>
      }
      about={<code>{`/apis/${group}/${version}`}</code>}
      mark={
        found &&
        (found.live > 0 ? (
          <Chip tone="good" dot>
            {w.number(found.live)}
          </Chip>
        ) : (
          <Chip tone="dull">{w.notLive}</Chip>
        ))
      }
      actions={
        <>
          {found && found.live > 0 && (
            <Button danger onClick={() => onAsk('withdraw')}>
              {w.withdraw}
            </Button>
          )}
          <Button type="primary" disabled={!found || found.errors > 0} onClick={() => onAsk('publish')}>
            {w.publish}
          </Button>
        </>
      }
    >
      <Panel title={w.operations} about={w.operationsAbout} flush>
        <Operations rows={found?.operations} error={error} onRetry={onRetry} onAsk={onAsk} />
      </Panel>
      <Panel title={w.findings} about={found && w.errors(found.errors)}>
        {found ? <Findings list={found.findings} /> : <Skeleton active />}
      </Panel>
      <Panel
        title={w.health}
        actions={<Button onClick={() => onAsk('upstream')}>{w.change}</Button>}
        about={found && `${w.shownTo}: ${w.audiences[found.group.audience]}`}
      >
        {upstream && (
          <Facts
            rows={upstream.addresses.map((one) => [
              one.url,
              <span key={one.url} className={css.bar}>
                <Chip tone={one.state === 'up' ? 'good' : 'bad'} title={one.last} dot>
                  {w.states[one.state] ?? one.state}
                </Chip>
                {w.inFlight(one.inFlight)}
              </span>,
            ])}
          />
        )}
        {upstream?.broken && <p role="alert">{upstream.broken}</p>}
      </Panel>
      <Panel title={w.history}>
        {history?.list.length === 0 && <p>{w.noHistory}</p>}
        <Facts
          rows={(history?.list ?? []).map((one) => [
            w.number(one.number),
            <span key={one.number} className={css.bar}>
              <Time at={one.publishedAt} /> {one.publishedBy} {one.note}
              {one.number === history?.live ? (
                <Chip tone="good" dot>
                  {w.live}
                </Chip>
              ) : (
                <Button size="small" onClick={() => onAsk({ rollback: one.number })}>
                  {w.rollback}
                </Button>
              )}
            </span>,
          ])}
        />
      </Panel>
    </Page>
  )
}

interface OperationsProps extends Pick<Props, 'error' | 'onRetry' | 'onAsk'> {
  rows: ApiOperation[] | undefined
}

function Operations({ rows, error, onRetry, onAsk }: OperationsProps) {
  const w = useWords(words)
  const c = useWords(common)
  const edit = (one: ApiOperation) => (
    <Button size="small" aria-label={`${w.change} ${one.operation}`} onClick={() => onAsk({ operation: one })}>
      {w.change}
    </Button>
  )
  const columns: Column<ApiOperation>[] = [
    { key: 'operation', title: w.operation, cell: (one) => <Name one={one} /> },
    { key: 'grade', title: w.grade, width: 110, cell: (one) => <Stated one={one} /> },
    { key: 'limits', title: w.limits, width: 160, cell: (one) => <code>{one.limitGroup}</code> },
    {
      key: 'masks',
      title: w.masks,
      width: 260,
      cell: (one) => <code className={css.wrap}>{spell(one.masks) || c.nothing}</code>,
    },
    { key: 'edit', title: w.change, width: 90, cell: edit },
  ]
  return (
    <Rows
      label={w.operations}
      columns={columns}
      rowKey={(one) => one.operation}
      rows={rows}
      error={error}
      retry={onRetry}
      empty={null}
      card={(one) => (
        <>
          <Name one={one} />
          <span className={css.bar}>
            <Stated one={one} />
            {edit(one)}
          </span>
        </>
      )}
    />
  )
}

function Name({ one }: { one: ApiOperation }) {
  const w = useWords(words)
  return (
    <span className={css.name}>
      {one.title}
      <code className={css.wrap}>{one.operation}</code>
      {one.hidden && <Chip tone="dull">{w.hidden}</Chip>}
      {one.deprecated && <Chip tone="warn">{w.deprecated}</Chip>}
    </span>
  )
}

function Stated({ one }: { one: ApiOperation }) {
  const w = useWords(words)
  if (one.grade) return <Grade grade={one.grade} />
  return (
    <Chip tone="bad" title={w.suggested(one.suggested, one.because)}>
      {w.gradeNone}
    </Chip>
  )
}
