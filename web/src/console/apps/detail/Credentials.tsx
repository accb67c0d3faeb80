import { useQuery } from '@tanstack/react-query'
import { Button, Radio, Tooltip } from 'antd'
import { useState } from 'react'
import { platform, session } from '../../../api/session'
import type { App, AppSecret, RotatedSecret } from '../../../api/types'
import { Ask } from '../../../ui/Ask'
import { useNow } from '../../../ui/clock'
import { exact } from '../../../ui/format'
import { Panel } from '../../../ui/Page'
import { usePreferences, useWords } from '../../../ui/preferences'
import { type Column, Rows } from '../../../ui/Rows'
import { Snippet, Time } from '../../../ui/text'
import type { Acts } from '../AppDetail'
import css from '../apps.module.css'
import { SavedOnce } from '../SavedOnce'
import { env } from '../snippets'
import { type Words, words } from '../words'

type Overlap = keyof Words['credentials']['overlaps']

export function Credentials({ app, acts }: { app: App; acts: Acts }) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const now = useNow()
  const { data: who } = useQuery(session)
  const { data: info } = useQuery(platform)
  const [revoking, setRevoking] = useState<AppSecret>()
  const [rotating, setRotating] = useState(false)
  const [made, setMade] = useState<RotatedSecret>()
  const live = app.secrets.filter((secret) => !secret.expiresAt || secret.expiresAt > now)

  const isLast = (secret: AppSecret) => live.every((one) => one.id === secret.id)

  const columns: Column<AppSecret>[] = [
    { key: 'hint', title: w.credentials.hint, cell: (secret) => <Hint secret={secret} /> },
    { key: 'expires', title: w.credentials.expires, cell: (secret) => <Lifetime secret={secret} /> },
    { key: 'used', title: w.credentials.lastUsed, align: 'right', cell: (secret) => <Used secret={secret} /> },
    { key: 'created', title: w.credentials.created, align: 'right', cell: (secret) => <Time at={secret.createdAt} /> },
    {
      key: 'act',
      title: w.credentials.actions,
      align: 'right',
      width: 112,
      cell: (secret) => <Revoke last={isLast(secret)} onRevoke={() => setRevoking(secret)} />,
    },
  ]

  return (
    <div className={css.stack}>
      <Panel
        flush
        title={w.credentials.title}
        about={w.credentials.about}
        actions={
          <Button type="primary" onClick={() => setRotating(true)}>
            {w.credentials.rotate}
          </Button>
        }
      >
        <Rows
          label={w.credentials.title}
          columns={columns}
          rowKey={(secret) => secret.id}
          rows={app.secrets}
          error={null}
          retry={() => {}}
          empty={null}
          card={(secret) => (
            <>
              <div className={css.cardHead}>
                <Hint secret={secret} />
                <Revoke last={isLast(secret)} onRevoke={() => setRevoking(secret)} />
              </div>
              <div className={css.cardFoot}>
                <Lifetime secret={secret} />
                <span className={css.cardTime}>
                  <Used secret={secret} />
                </span>
              </div>
            </>
          )}
        />
      </Panel>

      <Panel title={w.credentials.snippets} about={w.credentials.snippetsAbout}>
        <Snippet
          what={w.once.env}
          text={env({
            url: info?.url ?? location.origin,
            corpId: who?.corpId ?? '',
            agentId: app.agentId,
            appKey: app.appKey,
            appSecret: '…',
          })}
        />
      </Panel>

      {revoking && (
        <Ask
          danger
          title={w.credentials.revokeTitle(revoking.hint)}
          act={w.credentials.revoke}
          stops={w.credentials.revokeStops(revoking.hint, app.name)}
          onAct={() => acts.revokeSecret(revoking.id)}
          onClose={() => setRevoking(undefined)}
        />
      )}
      {rotating && (
        <Rotate
          hints={live.map((secret) => secret.hint)}
          onRotate={async (overlap) => setMade(await acts.rotate(overlap))}
          onClose={() => setRotating(false)}
        />
      )}
      {made && (
        <SavedOnce
          agentId={app.agentId}
          appKey={app.appKey}
          appSecret={made.appSecret}
          note={made.oldExpiresAt ? w.credentials.oldUntil(exact(made.oldExpiresAt, lang)) : undefined}
          onDone={() => setMade(undefined)}
        />
      )}
    </div>
  )
}

function Hint({ secret }: { secret: AppSecret }) {
  return <code>{`•••• ${secret.hint}`}</code>
}

function Lifetime({ secret }: { secret: AppSecret }) {
  const w = useWords(words)
  if (!secret.expiresAt) return w.credentials.forever
  return (
    <span>
      {w.credentials.until.before}
      <Time at={secret.expiresAt} />
      {w.credentials.until.after}
    </span>
  )
}

function Used({ secret }: { secret: AppSecret }) {
  const w = useWords(words)
  return secret.lastUsedAt ? <Time at={secret.lastUsedAt} /> : <span className={css.never}>{w.credentials.never}</span>
}

function Revoke({ last, onRevoke }: { last: boolean; onRevoke: () => void }) {
  const w = useWords(words)
  return (
    <Tooltip title={last && w.credentials.last}>
      <Button size="small" type="text" danger data-row disabled={last} onClick={onRevoke}>
        {w.credentials.revoke}
      </Button>
    </Tooltip>
  )
}

interface RotateProps {
  hints: string[]
  onRotate: (overlap: Overlap) => Promise<void>
  onClose: () => void
}

function Rotate({ hints, onRotate, onClose }: RotateProps) {
  const w = useWords(words)
  const [overlap, setOverlap] = useState<Overlap>('24h')
  return (
    <Ask
      title={w.credentials.rotateTitle}
      act={w.credentials.rotate}
      danger={overlap === '0s'}
      stops={overlap === '0s' ? w.credentials.rotateStops(hints) : undefined}
      onAct={() => onRotate(overlap)}
      onClose={onClose}
    >
      <p id="overlap">{w.credentials.rotateAbout}</p>
      <Radio.Group
        aria-labelledby="overlap"
        className={css.choices}
        value={overlap}
        onChange={(event) => setOverlap(event.target.value)}
        options={Object.entries(w.credentials.overlaps).map(([value, label]) => ({ value, label }))}
      />
    </Ask>
  )
}
