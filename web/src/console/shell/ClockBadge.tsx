import type { Clock } from '../../api/types'
import { ClockBadgeView } from './ClockBadgeView'
import { useClock } from './useClock'

export function ClockBadge({ clock }: { clock: Clock }) {
  return <ClockBadgeView clock={clock} {...useClock()} />
}
