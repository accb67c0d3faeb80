import css from './plots.module.css'

interface Props {
  used: number
  max: number
  /** What is measured, and how far it is, for those who hear it. */
  label: string
  /** It only counts: going beyond refuses nothing. */
  soft?: boolean
}

/** How much of an amount is used, as a bar that turns as the end comes near. */
export function Meter({ used, max, label, soft }: Props) {
  const part = max === 0 ? 1 : Math.min(1, used / max)
  const tone = soft ? css.soft : part >= 1 ? css.full : part >= 0.8 ? css.near : css.calm
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers draw their own meter in colours of their own
    <span
      className={css.meter}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(1, max)}
      aria-valuenow={Math.min(used, max)}
    >
      <i className={tone} style={{ width: `${part * 100}%` }} />
    </span>
  )
}
