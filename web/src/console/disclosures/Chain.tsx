import { Alert, Button, Input } from 'antd'
import { useState } from 'react'
import type { ChainReport, Seal } from '../../api/types'
import { Told } from '../../ui/failure'
import { count } from '../../ui/format'
import { CheckCircleFilled } from '../../ui/icons'
import { Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { Snippet } from '../../ui/text'
import css from './disclosures.module.css'
import { keptSeal } from './seal'
import { words } from './words'

interface Run<T> {
  busy: boolean
  error: unknown
  result: T | undefined
}

interface Props {
  verify: Run<ChainReport> & { run: (seal: Omit<Seal, 'key'> | undefined) => void }
  seal: Run<Seal> & { run: () => void }
  write: { busy: boolean; error: unknown; done: boolean; lines: number; run: () => void }
  onShow: (seq: number) => void
}

/** What the chain proves, and how it is checked here and elsewhere. */
export function Chain({ verify, seal, write, onShow }: Props) {
  const w = useWords(words).chain
  const { lang } = usePreferences()
  return (
    <Panel
      title={w.title}
      about={w.about}
      actions={
        <Button type="primary" loading={verify.busy} onClick={() => verify.run(undefined)}>
          {w.verify}
        </Button>
      }
    >
      <div className={css.chain}>
        <div aria-live="polite" className={css.chain}>
          {verify.result && <Report report={verify.result} onShow={onShow} />}
          {[verify.error, seal.error, write.error].map(
            // biome-ignore lint/suspicious/noArrayIndexKey: always these three
            (error, at) => (error ? <Alert key={at} type="error" title={<Told error={error} />} /> : null),
          )}
        </div>
        <div className={css.acts}>
          <div>
            <Button loading={write.busy} onClick={write.run}>
              {w.exportAct}
            </Button>
            <p>{w.exportAbout}</p>
            <p aria-live="polite">
              {write.busy && w.exporting(count(write.lines, lang))}
              {write.done && w.exported(count(write.lines, lang))}
            </p>
          </div>
          <div>
            <Button loading={seal.busy} onClick={seal.run}>
              {w.seal}
            </Button>
            <p>{w.sealAbout}</p>
            {seal.result && <Snippet text={JSON.stringify(seal.result)} what={w.seal} />}
          </div>
          <Kept busy={verify.busy} onVerify={verify.run} />
        </div>
      </div>
    </Panel>
  )
}

function Kept({ busy, onVerify }: { busy: boolean; onVerify: Props['verify']['run'] }) {
  const w = useWords(words).chain
  const [text, setText] = useState('')
  const seal = keptSeal(text)
  const wrong = text.trim() !== '' && !seal
  return (
    <div>
      <Button disabled={!seal} loading={busy} onClick={() => onVerify(seal)}>
        {w.kept}
      </Button>
      <label htmlFor="kept-seal">{w.keptAbout}</label>
      <Input.TextArea
        id="kept-seal"
        value={text}
        status={wrong ? 'error' : undefined}
        autoSize={{ minRows: 2, maxRows: 4 }}
        spellCheck={false}
        placeholder={'{"seq":…,"hash":"…","at":…,"sig":"…"}'}
        onChange={(event) => setText(event.target.value)}
      />
      {wrong && <p role="alert">{w.keptWrong}</p>}
    </div>
  )
}

function Report({ report, onShow }: { report: ChainReport; onShow: Props['onShow'] }) {
  const w = useWords(words).chain
  const { lang } = usePreferences()
  const n = (value: number) => count(value, lang)
  const { problem } = report
  const seen = [
    report.records > 0 ? w.holdsOf(n(report.records), n(report.first), n(report.last)) : w.none,
    report.seals > 0 && w.sealed(n(report.seals), n(report.sealed)),
    report.removed > 0 && w.removed(n(report.removed)),
  ]
    .filter(Boolean)
    .join(' · ')
  if (!problem) {
    return (
      <div className={css.holds}>
        <h3>
          <CheckCircleFilled /> {w.holds}
        </h3>
        <p>{seen}</p>
      </div>
    )
  }
  return (
    <div className={css.broken}>
      <h3>{w.broken(n(problem.seq))}</h3>
      <dl>
        {(
          [
            [w.what, problem.what],
            [w.expected, problem.expected],
            [w.found, problem.found],
          ] as const
        ).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ))}
      </dl>
      <p>{seen}</p>
      {problem.seq > 0 && (
        <div>
          <Button size="small" onClick={() => onShow(problem.seq)}>
            {w.show}
          </Button>
        </div>
      )}
    </div>
  )
}
