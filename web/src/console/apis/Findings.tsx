import type { ApiFinding } from '../../api/types'
import { useWords } from '../../ui/preferences'
import { Chip } from '../../ui/text'
import css from './apis.module.css'
import { words } from './words'

const tones = { error: 'bad', warning: 'warn', note: 'dull' } as const

/** What was found in a document, each at its line. */
export function Findings({ list }: { list: ApiFinding[] }) {
  const w = useWords(words)
  if (list.length === 0) return <p>{w.noFindings}</p>
  return (
    <ul className={css.findings} aria-label={w.findings}>
      {list.map((one) => (
        <li key={`${one.rule} ${one.pointer} ${one.found}`}>
          <span className={css.bar}>
            <Chip tone={tones[one.severity]}>{w.severities[one.severity]}</Chip>
            <strong>{w.line(one.line)}</strong>
            <code className={css.wrap}>{one.pointer}</code>
          </span>
          <p>
            {w.found}: {one.found}
          </p>
          <p>
            {w.expected}: {one.expected}
          </p>
          <p>
            {w.fix}: {one.fix}
          </p>
        </li>
      ))}
    </ul>
  )
}
