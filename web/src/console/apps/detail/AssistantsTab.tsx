import { Link } from '@tanstack/react-router'
import { Alert, Button, Radio, Skeleton } from 'antd'
import { useState } from 'react'
import type { App, Policy } from '../../../api/types'
import { Failure, Told } from '../../../ui/failure'
import { Panel } from '../../../ui/Page'
import { useWords } from '../../../ui/preferences'
import { Snippet, Time } from '../../../ui/text'
import { OperationSelect } from '../../operations/OperationSelect'
import css from '../apps.module.css'
import { words } from '../words'

type Given = Pick<Policy, 'reads' | 'operations'>

interface Props {
  app: App
  policy: Policy | undefined
  error: unknown
  onRetry: () => void
  onSave: (given: Given) => Promise<void>
}

const modes = ['off', 'reads', 'named'] as const
type Mode = (typeof modes)[number]

export function AssistantsTab({ app, policy, error, onRetry, onSave }: Props) {
  const w = useWords(words).assistants
  return (
    <div className={css.stack}>
      <Panel title={w.title} about={w.about}>
        {policy ? (
          <Form policy={policy} onSave={onSave} />
        ) : error ? (
          <Failure error={error} retry={onRetry} />
        ) : (
          <div aria-busy="true">
            <Skeleton active paragraph={{ rows: 4 }} />
          </div>
        )}
      </Panel>
      <Panel title={w.how} about={w.howAbout}>
        <div className={css.stack}>
          <Snippet text={`gatepost agent allow --app ${app.agentId} --reads`} what={w.how} />
          <Link to="/confirmations">{w.confirmations}</Link>
        </div>
      </Panel>
    </div>
  )
}

function Form({ policy, onSave }: { policy: Policy; onSave: Props['onSave'] }) {
  const w = useWords(words).assistants
  const [mode, setMode] = useState<Mode>(policy.operations.length > 0 ? 'named' : policy.reads ? 'reads' : 'off')
  const [reads, setReads] = useState(policy.reads)
  const [operations, setOperations] = useState(policy.operations)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const given: Given = mode === 'named' ? { reads, operations } : { reads: mode === 'reads', operations: [] }
  const changed = given.reads !== policy.reads || given.operations.join() !== policy.operations.join()

  async function save() {
    setBusy(true)
    setError(undefined)
    await onSave(given).catch(setError)
    setBusy(false)
  }

  return (
    <div className={css.stack}>
      <Radio.Group
        aria-label={w.title}
        className={css.choices}
        value={mode}
        onChange={(event) => setMode(event.target.value)}
      >
        {modes.map((one) => (
          <Radio key={one} value={one}>
            <span className={css.choice}>
              <strong>{w.modes[one]}</strong> <small className={css.quiet}>{w.abouts[one]}</small>
            </span>
          </Radio>
        ))}
      </Radio.Group>
      {mode === 'named' && (
        <>
          <div>
            <label htmlFor="policy-operations">{w.operations}</label>
            <OperationSelect
              id="policy-operations"
              dialect="v2"
              placeholder="GET /v1.0/contact/users/{unionId}"
              value={operations}
              onChange={setOperations}
            />
            <p className={css.quiet}>{w.operationsAbout}</p>
          </div>
          <Radio.Group
            aria-label={w.alsoReads}
            value={reads}
            onChange={(event) => setReads(event.target.value)}
            options={[
              { value: false, label: w.onlyNamed },
              { value: true, label: w.alsoReads },
            ]}
          />
        </>
      )}
      {error !== undefined && <Alert role="alert" type="error" title={<Told error={error} />} />}
      <div className={css.buttons}>
        <Button
          type="primary"
          disabled={!changed || (mode === 'named' && operations.length === 0)}
          loading={busy}
          onClick={save}
        >
          {w.save}
        </Button>
        {policy.by && policy.at && (
          <span className={css.quiet}>
            {w.setBy(policy.by)} <Time at={policy.at} />
          </span>
        )}
      </div>
    </div>
  )
}
