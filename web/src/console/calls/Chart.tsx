import { type KeyboardEvent, useId, useState } from 'react'
import type { CallBucket } from '../../api/types'
import { clockTime, count } from '../../ui/format'
import { usePreferences, useWords } from '../../ui/preferences'
import { bars } from './bars'
import css from './calls.module.css'
import { words } from './words'

interface Props {
  buckets: CallBucket[]
  /** Shows only the calls of one bucket. */
  onPick: (since: number, until: number) => void
}

const width = 1200
const height = 64

/** Calls over the last hour, stacked by outcome. One moves along it by mouse or arrow keys, and picks a moment. */
export function Chart({ buckets, onPick }: Props) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const [at, setAt] = useState<number>()
  const hint = useId()
  const sums = { ok: 0, refused: 0, error: 0 }
  for (const bucket of buckets) {
    sums.ok += bucket.ok
    sums.refused += bucket.refused
    sums.error += bucket.error
  }
  const total = sums.ok + sums.refused + sums.error
  const shown = at === undefined ? undefined : buckets[at]
  const told = (bucket: CallBucket) =>
    w.chart.at(
      clockTime(bucket.at, lang),
      count(bucket.ok, lang),
      count(bucket.refused, lang),
      count(bucket.error, lang),
    )
  const label = w.chart.label(count(sums.ok, lang), count(sums.refused, lang), count(sums.error, lang))

  function pick(index: number) {
    const bucket = buckets[index]
    const step = (buckets[1]?.at ?? 0) - (buckets[0]?.at ?? 0)
    if (bucket && step > 0) onPick(bucket.at, bucket.at + step)
  }

  function move(event: KeyboardEvent) {
    const last = buckets.length - 1
    const here = at ?? last + 1
    const next = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: last }[event.key]
    if (next !== undefined) {
      event.preventDefault()
      setAt(Math.min(last, Math.max(0, next)))
    } else if (event.key === 'Enter' && at !== undefined) {
      pick(at)
    } else if (event.key === 'Escape') {
      setAt(undefined)
    }
  }

  const slot = width / Math.max(1, buckets.length)
  return (
    <figure className={css.chart}>
      <figcaption>
        <strong>{w.chart.title}</strong>
        {shown ? (
          <span className={css.readout}>{told(shown)}</span>
        ) : (
          <span className={css.legend}>
            {(['ok', 'refused', 'error'] as const).map((kind) => (
              <span key={kind}>
                <i className={css[kind]} />
                {w.outcomes[kind]} <b>{count(sums[kind], lang)}</b>
              </span>
            ))}
          </span>
        )}
      </figcaption>
      <span id={hint} className="unseen">
        {w.chart.pick}
      </span>
      <div
        className={css.plot}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-describedby={hint}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, buckets.length - 1)}
        aria-valuenow={at ?? Math.max(0, buckets.length - 1)}
        aria-valuetext={shown ? told(shown) : label}
        onKeyDown={move}
        onBlur={() => setAt(undefined)}
      >
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
          <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} className={css.base} />
          {bars(buckets, height - 1).map((bar, index) => (
            // biome-ignore lint/a11y/noStaticElementInteractions: the slider around it does the same by keyboard
            <g
              key={buckets[index]?.at}
              transform={`translate(${index * slot} 0)`}
              onMouseEnter={() => setAt(index)}
              onMouseLeave={() => setAt(undefined)}
              onClick={() => pick(index)}
            >
              <rect width={slot} height={height} className={index === at ? css.cursor : css.slot} />
              {bar.map((part) => (
                <rect
                  key={part.kind}
                  x={slot * 0.15}
                  width={slot * 0.7}
                  y={part.y}
                  height={part.height}
                  className={css[part.kind]}
                />
              ))}
            </g>
          ))}
        </svg>
        {total === 0 && <p>{w.chart.quiet}</p>}
      </div>
    </figure>
  )
}
