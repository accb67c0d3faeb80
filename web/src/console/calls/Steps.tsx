import type { CallDetails } from '../../api/types'
import { took } from '../../ui/format'
import { useWords } from '../../ui/preferences'
import css from './calls.module.css'
import { outcomeOf, steps } from './outcomes'
import { words } from './words'

/** The way of the call through the gateway: what each step took, where it stopped, and what it never reached. */
export function Steps({ call }: { call: CallDetails }) {
  const w = useWords(words)
  const outcome = outcomeOf(call)
  const times = new Map(call.steps.map((step) => [step.name, step.tookUs]))
  const longest = Math.max(1, ...times.values())
  return (
    <ol className={css.steps}>
      {steps.map((name) => {
        const us = times.get(name)
        const stopped = outcome !== 'ok' && name === call.step
        const kind = stopped ? css[outcome] : us === undefined ? css.unreached : css.ok
        return (
          <li key={name} className={us === undefined && !stopped ? css.missed : undefined}>
            <i className={kind} aria-hidden />
            <span>{w.steps[name]}</span>
            <span className={css.track}>
              {us !== undefined && <i className={kind} style={{ width: `${(us / longest) * 100}%` }} />}
            </span>
            <span className={css.stepTime}>
              {stopped ? w.outcomes[outcome] : us === undefined ? w.detail.reached : took(us)}
            </span>
          </li>
        )
      })}
    </ol>
  )
}
