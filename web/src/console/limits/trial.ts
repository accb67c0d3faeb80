import type { Trial, TrialDay } from '../../api/types'
import type { Bar } from '../../ui/Bars'
import type { Lang } from '../../ui/choices'
import { count } from '../../ui/format'

export function sums({ days }: Trial): { calls: number; refused: number } {
  return {
    calls: days.reduce((sum, day) => sum + day.calls, 0),
    refused: days.reduce((sum, day) => sum + day.refused, 0),
  }
}

/** Each day of a trial as a bar; a day without calls has none. */
export function dayBars(
  days: TrialDay[],
  lang: Lang,
  told: (day: string, calls: string, refused: string) => string,
): Bar[] {
  const date = new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en', { month: 'numeric', day: 'numeric' })
  return days.map((day) => ({
    key: String(day.startsAt),
    name: date.format(day.startsAt),
    all: day.calls,
    bad: day.refused,
    told: told(date.format(day.startsAt), count(day.calls, lang), count(day.refused, lang)),
  }))
}
