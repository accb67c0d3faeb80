import { Tooltip } from 'antd'
import css from './plots.module.css'

export interface Bar {
  key: string
  /** Under the bar. */
  name: string
  all: number
  /** The part of all that stands out. */
  bad: number
  /** The whole of it in words. */
  told: string
}

/** A few amounts side by side, each with the part of it that stands out. */
export function Bars({ label, bars }: { label: string; bars: Bar[] }) {
  const most = Math.max(1, ...bars.map((bar) => bar.all))
  // Names of a month of days would run into each other.
  const every = Math.ceil(bars.length / 10)
  return (
    <ul className={css.bars} aria-label={label}>
      {bars.map((bar, at) => (
        <Tooltip key={bar.key} title={bar.told}>
          <li>
            <span className="unseen">{bar.told}</span>
            <span className={css.column} aria-hidden>
              <i className={css.bad} style={{ height: share(bar.bad, most) }} />
              <i className={css.rest} style={{ height: share(bar.all - bar.bad, most) }} />
            </span>
            <small aria-hidden>{at % every === 0 ? bar.name : '\u00a0'}</small>
          </li>
        </Tooltip>
      ))}
    </ul>
  )
}

/** Nothing that happened is thinner than can be seen. */
function share(n: number, most: number): string {
  return n === 0 ? '0' : `max(2px, ${(n / most) * 100}%)`
}
