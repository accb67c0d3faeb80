import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Drawer, Form, Input } from 'antd'
import { useState } from 'react'
import { scopes as scopesQuery } from '../../../api/apps'
import type { App, AppScope } from '../../../api/types'
import { Ask } from '../../../ui/Ask'
import { Empty } from '../../../ui/Empty'
import { Told } from '../../../ui/failure'
import { KeyOutlined } from '../../../ui/icons'
import { useKeys } from '../../../ui/keys'
import { Panel } from '../../../ui/Page'
import { usePreferences, useWords } from '../../../ui/preferences'
import { type Column, Rows } from '../../../ui/Rows'
import { Grade, Time } from '../../../ui/text'
import { words as common } from '../../../ui/words'
import type { Acts } from '../AppDetail'
import type { TabProps } from '../AppDetailView'
import css from '../apps.module.css'
import { ScopePicker } from '../ScopePicker'
import { words } from '../words'

/** More refused operations than these are counted, not told. */
const told = 8

export function Scopes({ app, acts, request, onRequestDone }: TabProps) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const { data: known } = useQuery(scopesQuery)
  // What a refusal asked for is granted right away, unless it was granted meanwhile.
  const asked = request && !app.scopes.some((one) => one.scope === request) ? request : undefined
  const [granting, setGranting] = useState(asked !== undefined)
  const [revoking, setRevoking] = useState<AppScope>()
  useKeys({ n: () => setGranting(true) })

  const titleOf = (scope: AppScope) =>
    (lang === 'en' && known?.list.find((one) => one.scope === scope.scope)?.titleEn) || scope.title

  function refusedBy(scope: AppScope): string[] {
    const operations = known?.list.find((one) => one.scope === scope.scope)?.operations ?? []
    if (operations.length === 0) return [w.scopeTab.noOperation]
    const lines = operations.slice(0, told).map((one) => w.scopeTab.refused(one.method, one.path, one.title))
    return operations.length > told ? [...lines, w.scopeTab.more(operations.length - told)] : lines
  }

  const name = (scope: AppScope) => (
    <div className={css.scopeName}>
      {titleOf(scope)}
      <code>{scope.scope}</code>
    </div>
  )
  const revoke = (scope: AppScope) => (
    <Button size="small" type="text" danger data-row onClick={() => setRevoking(scope)}>
      {w.scopeTab.revoke}
    </Button>
  )
  const columns: Column<AppScope>[] = [
    { key: 'scope', title: w.scopeTab.scope, cell: name },
    { key: 'grade', title: w.scopeTab.grade, width: 80, cell: (scope) => <Grade grade={scope.grade} /> },
    { key: 'reason', title: w.scopeTab.reason, cell: (scope) => scope.reason },
    { key: 'by', title: w.scopeTab.by, width: 128, cell: (scope) => scope.grantedBy },
    { key: 'at', title: w.scopeTab.at, align: 'right', width: 128, cell: (scope) => <Time at={scope.grantedAt} /> },
    { key: 'act', title: w.credentials.actions, align: 'right', width: 96, cell: revoke },
  ]
  const grant = (
    <Button type="primary" onClick={() => setGranting(true)}>
      {w.scopeTab.grant}
    </Button>
  )

  return (
    <Panel flush title={w.scopeTab.title} about={w.scopeTab.about} actions={grant}>
      <Rows
        label={w.scopeTab.title}
        columns={columns}
        rowKey={(scope) => scope.scope}
        rows={app.scopes}
        error={null}
        retry={() => {}}
        empty={
          <Empty
            icon={<KeyOutlined />}
            title={w.scopeTab.emptyTitle}
            text={w.scopeTab.emptyText}
            cli={{
              told: w.scopeTab.emptyCli,
              line: `gatepost app grant qyapi_get_member --app ${app.agentId} --reason '…'`,
            }}
          />
        }
        card={(scope) => (
          <>
            <div className={css.cardHead}>
              {name(scope)}
              {revoke(scope)}
            </div>
            <p className={css.quiet}>{scope.reason}</p>
            <div className={css.cardFoot}>
              <Grade grade={scope.grade} />
              <span>{scope.grantedBy}</span>
              <span className={css.cardTime}>
                <Time at={scope.grantedAt} />
              </span>
            </div>
          </>
        )}
      />
      {granting && (
        <Grant
          app={app}
          acts={acts}
          asked={asked}
          onClose={() => {
            setGranting(false)
            if (request) onRequestDone()
          }}
        />
      )}
      {revoking && (
        <Ask
          danger
          title={w.scopeTab.revokeTitle(titleOf(revoking))}
          act={w.scopeTab.revoke}
          stops={refusedBy(revoking)}
          onAct={() => acts.revokeScope(revoking.scope)}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </Panel>
  )
}

interface Wanted {
  scopes: string[]
  reason: string
}

interface GrantProps {
  app: App
  acts: Acts
  /** The permission point that is chosen to begin with. */
  asked: string | undefined
  onClose: () => void
}

function Grant({ app, acts, asked, onClose }: GrantProps) {
  const w = useWords(words)
  const c = useWords(common)
  const known = useQuery(scopesQuery)
  const [form] = Form.useForm<Wanted>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()

  async function grant({ scopes, reason }: Wanted) {
    setBusy(true)
    setError(undefined)
    try {
      await acts.grant(scopes, reason.trim())
      onClose()
    } catch (err) {
      setError(err)
      setBusy(false)
    }
  }

  return (
    <Drawer
      open
      size="min(640px, 100vw)"
      title={w.scopeTab.grant}
      onClose={onClose}
      closable={{ 'aria-label': c.close }}
      footer={
        <div className={css.drawerFoot}>
          <Button onClick={onClose}>{c.cancel}</Button>
          <Button type="primary" loading={busy} onClick={form.submit}>
            {w.scopeTab.submit}
          </Button>
        </div>
      }
    >
      <Form<Wanted>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ scopes: asked ? [asked] : [] }}
        onFinish={grant}
      >
        {error !== undefined && (
          <Alert role="alert" type="error" title={<Told error={error} />} className={css.alert} />
        )}
        <Form.Item
          name="scopes"
          label={w.form.scopes}
          rules={[{ type: 'array', min: 1, message: w.scopeTab.noneChosen }]}
        >
          <ScopePicker
            scopes={known.data?.list}
            error={known.error}
            onRetry={known.refetch}
            granted={new Set(app.scopes.map((scope) => scope.scope))}
          />
        </Form.Item>
        <Form.Item
          name="reason"
          label={w.scopeTab.reasonLabel}
          rules={[{ required: true, whitespace: true, message: w.scopeTab.reasonMissing }]}
        >
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={200} placeholder={w.scopeTab.reasonAbout} />
        </Form.Item>
      </Form>
    </Drawer>
  )
}
