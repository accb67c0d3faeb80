import type { LimitPackage, LimitRule } from '../../api/types'
import css from '../../ui/list.module.css'
import { usePreferences, useWords } from '../../ui/preferences'
import { words as common } from '../../ui/words'
import { eachApp, eachOperation } from './subject'
import { type Words, words } from './words'

type Counted = Pick<LimitRule, 'agentId' | 'appName' | 'operation' | 'group'> & { platform?: boolean }

/** Whose calls, in words. */
export function who(one: Counted, w: Words, gone: (id: number) => string): string {
  if (one.agentId === undefined) return one.platform ? w.rule.everyCorp : w.rule.allApps
  if (one.agentId === eachApp) return w.rule.eachApp
  return one.appName ?? gone(one.agentId)
}

/** Of what, in words. */
export function what(one: Pick<LimitRule, 'operation' | 'group'>, w: Words): string {
  if (one.operation === eachOperation) return w.rule.eachOperation
  return one.operation ?? (one.group ? w.rule.group(one.group) : w.rule.allOperations)
}

/** All of it in one line, as a question or a label names it. */
export function useSubject() {
  const w = useWords(words)
  const c = useWords(common)
  return (one: Counted | LimitPackage) => `${who(one, w, c.goneApp)} · ${what(one, w)}`
}

/** Whose calls of what, as a row begins with it. */
export function Subject({ of, onOpen }: { of: Counted; onOpen?: () => void }) {
  const w = useWords(words)
  const c = useWords(common)
  const { lang } = usePreferences()
  const name = who(of, w, c.goneApp)
  const whose = what(of, w)
  return (
    <span className={css.subject} lang={lang === 'zh' ? 'zh-CN' : 'en'}>
      {onOpen ? (
        <button
          type="button"
          className={css.row}
          data-row
          aria-label={w.rule.open(`${name} · ${whose}`)}
          onClick={onOpen}
        >
          {name}
        </button>
      ) : (
        <strong>{name}</strong>
      )}
      {of.operation && of.operation !== eachOperation ? <code>{whose}</code> : <small>{whose}</small>}
    </span>
  )
}
