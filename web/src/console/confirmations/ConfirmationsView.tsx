import { Button, Skeleton } from 'antd'
import { useState } from 'react'
import type { Asked } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Empty } from '../../ui/Empty'
import { Failure, useReport } from '../../ui/failure'
import { countdown } from '../../ui/format'
import { CheckCircleFilled } from '../../ui/icons'
import { Page, Panel } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import { Chip, Id, Snippet } from '../../ui/text'
import { useLeft } from '../../ui/useLeft'
import { readable } from './arguments'
import css from './confirmations.module.css'
import { words } from './words'

interface Props {
  rows: Asked[] | undefined
  appOf: (agentId: number) => string
  titleOf: (operation: string) => string
  error: unknown
  onRetry: () => void
  onDecide: (id: string, approve: boolean) => Promise<void>
}

export function ConfirmationsView({ rows, appOf, titleOf, error, onRetry, onDecide }: Props) {
  const w = useWords(words)
  const [approving, setApproving] = useState<Asked>()
  return (
    <Page title={w.title} about={w.about}>
      {!rows && error ? (
        <Panel>
          <Failure error={error} retry={onRetry} />
        </Panel>
      ) : !rows ? (
        <Panel>
          <div aria-busy="true">
            <Skeleton active paragraph={{ rows: 5 }} />
          </div>
        </Panel>
      ) : rows.length === 0 ? (
        <Panel>
          <Empty
            icon={<CheckCircleFilled />}
            title={w.emptyTitle}
            text={w.emptyText}
            cli={{ told: w.emptyCli, line: 'gatepost agent requests' }}
          />
        </Panel>
      ) : (
        <ul className={css.list} aria-label={w.title}>
          {rows.map((one) => (
            <li key={one.id}>
              <Request
                one={one}
                app={appOf(one.agentId)}
                title={titleOf(one.operation)}
                onApprove={() => setApproving(one)}
                onReject={() => onDecide(one.id, false)}
              />
            </li>
          ))}
        </ul>
      )}
      {approving && (
        <Ask
          title={w.approveTitle(titleOf(approving.operation))}
          act={w.approve}
          onAct={() => onDecide(approving.id, true)}
          onClose={() => setApproving(undefined)}
        >
          <p>{w.approveAbout(approving.delegate)}</p>
          <p>
            <code>{approving.operation}</code>
          </p>
          <Snippet text={readable(approving.arguments)} what={w.arguments} />
        </Ask>
      )}
    </Page>
  )
}

interface RequestProps {
  one: Asked
  app: string
  title: string
  onApprove: () => void
  onReject: () => Promise<void>
}

function Request({ one, app, title, onApprove, onReject }: RequestProps) {
  const w = useWords(words)
  const report = useReport()
  const left = useLeft(one.until)
  const [busy, setBusy] = useState(false)
  const waiting = one.state === 'waiting' && left > 0

  async function reject() {
    setBusy(true)
    await onReject().catch(report)
    setBusy(false)
  }

  return (
    <Panel>
      <article className={css.request}>
        <header>
          <div>
            <h2>{title}</h2>
            {title !== one.operation && <code>{one.operation}</code>}
            <p>{w.asks(one.delegate, app)}</p>
          </div>
          {one.state === 'waiting' ? (
            <Chip tone={waiting ? 'warn' : 'dull'}>{waiting ? w.left(countdown(left)) : w.ended}</Chip>
          ) : (
            <Chip tone={one.state === 'rejected' ? 'bad' : 'good'}>{w.states[one.state]}</Chip>
          )}
        </header>
        {one.arguments ? (
          <Snippet text={readable(one.arguments)} what={w.arguments} />
        ) : (
          <p className={css.quiet}>{w.noArguments}</p>
        )}
        <footer>
          <span>
            {w.number} <Id text={one.id} what={w.number} />
          </span>
          {waiting && (
            <span className={css.acts}>
              <Button danger loading={busy} onClick={reject}>
                {w.reject}
              </Button>
              <Button type="primary" onClick={onApprove}>
                {w.approve}
              </Button>
            </span>
          )}
        </footer>
      </article>
    </Panel>
  )
}
