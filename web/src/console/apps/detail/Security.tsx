import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import type { App } from '../../../api/types'
import { Ask } from '../../../ui/Ask'
import { useReport } from '../../../ui/failure'
import { Panel } from '../../../ui/Page'
import { useWords } from '../../../ui/preferences'
import { Id } from '../../../ui/text'
import type { Acts } from '../AppDetail'
import { validIp, validRedirect } from '../allowed'
import css from '../apps.module.css'
import { words } from '../words'
import { Dialects } from './Dialects'
import { Ids } from './Ids'
import { Refused } from './Refused'
import { Signatures } from './Signatures'

interface Question {
  title: string
  act: string
  stops: string[]
  note?: string
  onAct: () => Promise<unknown>
}

export function Security({ app, acts }: { app: App; acts: Acts }) {
  const w = useWords(words)
  const report = useReport()
  const [question, setQuestion] = useState<Question>()

  const setIps = (ips: string[]) => acts.update({ ips }, w.security.ipsDone)
  const setUrls = (redirectUrls: string[]) => acts.update({ redirectUrls }, w.security.urlsDone)

  async function addIp(ip: string) {
    if (app.ips.length > 0) return setIps([...app.ips, ip])
    // The first entry shuts everyone else out.
    setQuestion({
      title: w.security.firstIpTitle,
      act: w.security.addIp,
      stops: w.security.firstIpStops(ip, app.name),
      onAct: () => setIps([ip]),
    })
  }

  function removeIp(ip: string) {
    const rest = app.ips.filter((one) => one !== ip)
    setQuestion({
      title: w.security.removeIpTitle(ip),
      act: w.security.remove,
      stops: rest.length > 0 ? w.security.removeIpStops(ip, app.name) : [],
      note: rest.length > 0 ? undefined : w.security.removeLastIp,
      onAct: () => setIps(rest),
    })
  }

  function removeUrl(url: string) {
    setQuestion({
      title: w.security.removeUrlTitle,
      act: w.security.remove,
      stops: w.security.removeUrlStops(url),
      onAct: () => setUrls(app.redirectUrls.filter((one) => one !== url)),
    })
  }

  return (
    <div className={css.stack}>
      <Signatures key={app.signatures.join()} app={app} acts={acts} />
      <Dialects app={app} acts={acts} />
      <Ids key={app.ids} app={app} acts={acts} />
      <Panel title={w.security.ips} about={w.security.ipsAbout}>
        <Entries
          title={w.security.ips}
          label={w.security.ip}
          act={w.security.addIp}
          entries={app.ips}
          none={w.security.noIps}
          check={validIp}
          wrong={w.security.ipWrong}
          twice={w.security.ipTwice}
          placeholder="10.0.8.*"
          onAdd={(ip) => addIp(ip).catch(report)}
          onRemove={removeIp}
        />
        <Refused app={app} onAdd={(ip) => void addIp(ip).catch(report)} />
      </Panel>
      <Panel title={w.security.urls} about={w.security.urlsAbout}>
        <Entries
          title={w.security.urls}
          label={w.security.url}
          act={w.security.addUrl}
          entries={app.redirectUrls}
          none={w.security.noUrls}
          check={validRedirect}
          wrong={w.security.urlWrong}
          twice={w.security.urlTwice}
          placeholder="https://…"
          onAdd={(url) => setUrls([...app.redirectUrls, url]).catch(report)}
          onRemove={removeUrl}
        />
      </Panel>
      {question && (
        <Ask
          danger
          title={question.title}
          act={question.act}
          stops={question.stops}
          onAct={question.onAct}
          onClose={() => setQuestion(undefined)}
        >
          {question.note && <p>{question.note}</p>}
        </Ask>
      )}
    </div>
  )
}

interface EntriesProps {
  /** What the list is. */
  title: string
  /** What one entry is. */
  label: string
  act: string
  entries: string[]
  none: string
  check: (text: string) => boolean
  wrong: string
  twice: string
  placeholder: string
  onAdd: (text: string) => Promise<unknown>
  onRemove: (text: string) => void
}

/** A short list of texts, added to one by one, each checked before it is sent. */
function Entries({
  title,
  label,
  act,
  entries,
  none,
  check,
  wrong,
  twice,
  placeholder,
  onAdd,
  onRemove,
}: EntriesProps) {
  const w = useWords(words)
  const [form] = Form.useForm<{ text: string }>()
  const [busy, setBusy] = useState(false)

  async function add({ text }: { text: string }) {
    setBusy(true)
    await onAdd(text.trim())
    setBusy(false)
    form.resetFields()
  }

  return (
    <>
      {entries.length === 0 && <p className={css.quiet}>{none}</p>}
      <ul className={css.entries} aria-label={title}>
        {entries.map((entry) => (
          <li key={entry}>
            <Id text={entry} what={entry} />
            <Button
              size="small"
              type="text"
              danger
              aria-label={`${w.security.remove} ${entry}`}
              onClick={() => onRemove(entry)}
            >
              {w.security.remove}
            </Button>
          </li>
        ))}
      </ul>
      <Form<{ text: string }> form={form} className={css.add} onFinish={add}>
        <Form.Item
          name="text"
          validateTrigger="onSubmit"
          rules={[
            {
              async validator(_, value?: string) {
                const text = value?.trim() ?? ''
                if (!check(text)) throw new Error(wrong)
                if (entries.includes(text)) throw new Error(twice)
              },
            },
          ]}
        >
          <Input aria-label={label} placeholder={placeholder} spellCheck={false} autoComplete="off" />
        </Form.Item>
        <Button htmlType="submit" loading={busy}>
          {act}
        </Button>
      </Form>
    </>
  )
}
