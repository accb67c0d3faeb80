import css from './apps.module.css'

const tones = [css.tone0, css.tone1, css.tone2, css.tone3, css.tone4]

/** An application's face: the first letter of its name, in a colour that stays its own. */
export function Badge({ name, seed, large }: { name: string; seed: number; large?: boolean }) {
  const letter = [...name.trim()][0] ?? '?'
  return (
    <span className={`${css.badge} ${tones[seed % tones.length]} ${large ? css.large : ''}`} aria-hidden>
      {letter.toUpperCase()}
    </span>
  )
}
