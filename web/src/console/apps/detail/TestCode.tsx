import { useMutation, useQuery } from '@tanstack/react-query'
import { Alert, Button, Select } from 'antd'
import { useState } from 'react'
import { platform } from '../../../api/session'
import type { App, LoginCode, RangeUser } from '../../../api/types'
import { Told } from '../../../ui/failure'
import { countdown, shell } from '../../../ui/format'
import { Panel } from '../../../ui/Page'
import { useWords } from '../../../ui/preferences'
import { Id, Snippet } from '../../../ui/text'
import { useLeft } from '../../../ui/useLeft'
import type { Acts } from '../AppDetail'
import css from '../apps.module.css'
import { PersonSelect } from '../PersonSelect'
import { redeem } from '../snippets'
import { words } from '../words'

export function TestCode({ app, acts }: { app: App; acts: Acts }) {
  const w = useWords(words)
  const [person, setPerson] = useState<RangeUser[]>([])
  const [consent, setConsent] = useState<string[]>([])
  const { data: info } = useQuery(platform)
  const issue = useMutation({ mutationFn: acts.code })
  const userId = person[0]?.userId

  return (
    <Panel title={w.test.title} about={w.test.about}>
      <div className={css.stack}>
        {app.state === 'disabled' && <Alert type="warning" showIcon title={w.test.disabled} />}
        <div className={css.field}>
          <label htmlFor="code-person">{w.test.person}</label>
          <PersonSelect id="code-person" single placeholder={w.test.personAbout} value={person} onChange={setPerson} />
        </div>
        <div className={css.field}>
          <label htmlFor="code-consent">{w.test.consent}</label>
          <Select
            id="code-consent"
            mode="multiple"
            allowClear
            className={css.wide}
            placeholder={w.test.consentAbout}
            value={consent}
            onChange={setConsent}
            options={app.scopes.map((granted) => ({
              value: granted.scope,
              label: granted.scope,
              title: granted.title,
            }))}
          />
        </div>
        <div className={css.buttons}>
          <Button
            type="primary"
            disabled={!userId || app.state === 'disabled'}
            loading={issue.isPending}
            onClick={() => userId && issue.mutate({ userId, consent: consent.length > 0 ? consent : undefined })}
          >
            {w.test.issue}
          </Button>
        </div>
        {issue.error && <Alert role="alert" type="error" title={<Told error={issue.error} />} />}
        {issue.data && <Code key={issue.data.code} issued={issue.data} />}
        {issue.data && (
          <>
            <h3>{w.test.redeem}</h3>
            <Snippet text={redeem(info?.url ?? location.origin, issue.data.code)} what={w.test.redeem} />
          </>
        )}
        <p className={css.quiet}>{w.test.cli}</p>
        <Snippet
          text={`gatepost app code --app ${app.agentId} --user ${userId ? shell(userId) : 'USERID'}${
            consent.length > 0 ? ` --consent ${consent.join(',')}` : ''
          }`}
          what={w.test.cli}
        />
      </div>
    </Panel>
  )
}

/** A code and what is left of its life, by the corp's clock. */
function Code({ issued }: { issued: LoginCode }) {
  const w = useWords(words)
  const left = useLeft(issued.expiresAt)
  return (
    <div className={left > 0 ? css.code : `${css.code} ${css.spent}`}>
      <span>{w.test.code}</span>
      <Id text={issued.code} what={w.test.code} />
      <span className={css.timer}>{left > 0 ? w.test.left(countdown(left)) : w.test.expired}</span>
    </div>
  )
}
