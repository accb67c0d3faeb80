import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Segmented, Switch } from 'antd'
import { useState } from 'react'
import { session } from '../../../api/session'
import type { App, DataGrade } from '../../../api/types'
import { Ask } from '../../../ui/Ask'
import { useReport } from '../../../ui/failure'
import { count } from '../../../ui/format'
import { Facts, Panel } from '../../../ui/Page'
import { usePreferences, useWords } from '../../../ui/preferences'
import { Id, Time } from '../../../ui/text'
import { words as common } from '../../../ui/words'
import type { Acts } from '../AppDetail'
import css from '../apps.module.css'
import { words } from '../words'

type Question = 'disable' | 'delete' | 'tokens'

export function Overview({ app, acts }: { app: App; acts: Acts }) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const report = useReport()
  const { data: who } = useQuery(session)
  const [editing, setEditing] = useState(false)
  const [question, setQuestion] = useState<Question>()
  const [busy, setBusy] = useState(false)
  const close = () => setQuestion(undefined)

  async function set(change: Parameters<Acts['update']>[0]) {
    setBusy(true)
    await acts.update(change).catch(report)
    setBusy(false)
  }

  return (
    <div className={css.stack}>
      <Panel
        title={w.overview.basics}
        actions={!editing && <Button onClick={() => setEditing(true)}>{w.overview.edit}</Button>}
      >
        {editing ? (
          <Edit app={app} acts={acts} onClose={() => setEditing(false)} />
        ) : (
          <Facts
            rows={[
              [w.agentId, <Id key="agent" text={String(app.agentId)} what={w.agentId} />],
              [w.appKey, <Id key="key" text={app.appKey} what={w.appKey} />],
              [w.overview.corpId, who && <Id key="corp" text={who.corpId} what={w.overview.corpId} />],
              [
                w.overview.description,
                app.description || <span className={css.quiet}>{w.overview.noDescription}</span>,
              ],
              [w.created, <Time key="created" at={app.createdAt} />],
            ]}
          />
        )}
      </Panel>

      <Panel title={w.overview.running}>
        <div className={css.setting}>
          <div>
            <h3>{w.overview.enabled}</h3>
            <p>{w.overview.runningAbout}</p>
          </div>
          <Switch
            aria-label={w.overview.enabled}
            loading={busy}
            checked={app.state === 'enabled'}
            onChange={(on) => (on ? set({ state: 'enabled' }) : setQuestion('disable'))}
          />
        </div>
        <div className={css.setting}>
          <div>
            <h3>{w.dataGrade}</h3>
            <p>{w.form.grades[app.dataGrade]}</p>
            <p>{w.overview.gradeAbout}</p>
          </div>
          <Segmented<DataGrade>
            aria-label={w.dataGrade}
            disabled={busy}
            value={app.dataGrade === 'R2' ? 'R2' : 'R1'}
            options={['R1', 'R2']}
            onChange={(dataGrade) => set({ dataGrade })}
          />
        </div>
        <div className={css.setting}>
          <div>
            <h3>{w.form.strict}</h3>
            <p>{w.form.strictAbout}</p>
          </div>
          <Switch
            aria-label={w.form.strict}
            loading={busy}
            checked={app.strict}
            onChange={(strict) => set({ strict })}
          />
        </div>
      </Panel>

      <Panel title={w.overview.danger}>
        <div className={css.setting}>
          <div>
            <h3>{w.overview.tokens}</h3>
            <p>{w.overview.tokensAbout}</p>
          </div>
          <Button danger onClick={() => setQuestion('tokens')}>
            {w.overview.tokens}
          </Button>
        </div>
        <div className={css.setting}>
          <div>
            <h3>{w.overview.delete}</h3>
            <p>{w.overview.deleteAbout}</p>
          </div>
          <Button danger onClick={() => setQuestion('delete')}>
            {w.overview.delete}
          </Button>
        </div>
      </Panel>

      {question === 'disable' && (
        <Ask
          danger
          title={w.overview.disableTitle(app.name)}
          act={w.overview.disable}
          stops={w.overview.disableStops(app.name, count(app.scopes.length, lang))}
          onAct={() => acts.update({ state: 'disabled' })}
          onClose={close}
        />
      )}
      {question === 'tokens' && (
        <Ask
          danger
          title={w.overview.tokensTitle(app.name)}
          act={w.overview.tokens}
          stops={w.overview.tokensStops(app.name)}
          onAct={acts.revokeTokens}
          onClose={close}
        />
      )}
      {question === 'delete' && <Delete app={app} acts={acts} onClose={close} />}
    </div>
  )
}

function Edit({ app, acts, onClose }: { app: App; acts: Acts; onClose: () => void }) {
  const w = useWords(words)
  const c = useWords(common)
  const report = useReport()
  const [busy, setBusy] = useState(false)

  async function save({ name, description }: { name: string; description: string }) {
    setBusy(true)
    try {
      await acts.update({ name: name.trim(), description: description.trim() })
      onClose()
    } catch (err) {
      report(err)
      setBusy(false)
    }
  }

  return (
    <Form layout="vertical" requiredMark={false} className={css.field} initialValues={app} onFinish={save}>
      <Form.Item
        name="name"
        label={w.form.name}
        rules={[{ required: true, whitespace: true, message: w.form.nameMissing }]}
      >
        <Input autoFocus maxLength={50} />
      </Form.Item>
      <Form.Item name="description" label={w.form.description}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={200} />
      </Form.Item>
      <div className={css.buttons}>
        <Button type="primary" htmlType="submit" loading={busy}>
          {w.overview.save}
        </Button>
        <Button onClick={onClose}>{c.cancel}</Button>
      </div>
    </Form>
  )
}

function Delete({ app, acts, onClose }: { app: App; acts: Acts; onClose: () => void }) {
  const w = useWords(words)
  const [typed, setTyped] = useState('')
  const label = w.overview.deleteConfirm(app.name)
  return (
    <Ask
      danger
      title={w.overview.deleteTitle(app.name)}
      act={w.overview.delete}
      stops={w.overview.deleteStops(app.name, app.appKey)}
      ready={typed === app.name}
      onAct={() => acts.remove(typed)}
      onClose={onClose}
    >
      <p>{w.overview.deleteAbout}</p>
      <label>
        {label}
        <Input autoFocus value={typed} spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
      </label>
    </Ask>
  )
}
