import type { Clock } from '../../api/types'
import { ClockPanel } from './ClockBadgeView'
import { useClock } from './useClock'

/** The same control as the badge opens, for a page that it stands on. */
export function ClockControl({ clock }: { clock: Clock }) {
  return <ClockPanel clock={clock} {...useClock()} />
}
