import type { Lang } from './choices'

const tags: Record<Lang, string> = { zh: 'zh-CN', en: 'en' }

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
]

/** "3 minutes ago", "2小时后". Anything nearer than five seconds is now, whichever clock ran ahead. */
export function relative(at: number, now: number, lang: Lang): string {
  const distance = at - now
  if (Math.abs(distance) < 5000) return lang === 'zh' ? '刚刚' : 'just now'
  const [unit, size] = units.find(([, ms]) => Math.abs(distance) >= ms) ?? (['second', 1000] as const)
  return new Intl.RelativeTimeFormat(tags[lang]).format(Math.trunc(distance / size), unit)
}

export function exact(at: number, lang: Lang): string {
  return new Intl.DateTimeFormat(tags[lang], {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(at)
}

export function clockTime(at: number, lang: Lang): string {
  return new Intl.DateTimeFormat(tags[lang], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
}

export function count(n: number, lang: Lang): string {
  return new Intl.NumberFormat(tags[lang]).format(n)
}

/** How long a call took: "840 µs", "12.4 ms", "3.20 s". */
export function took(us: number): string {
  if (us < 1000) return `${us} µs`
  if (us < 100_000) return `${(us / 1000).toFixed(1)} ms`
  if (us < 1_000_000) return `${Math.round(us / 1000)} ms`
  return `${(us / 1_000_000).toFixed(2)} s`
}

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)} KB`
  return `${(n / 1024 / 1024).toFixed(1)} MB`
}

/** A clock's distance from the real one: "+2h", "-30m", "+1d 4h". Empty when there is none worth telling. */
export function offset(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000)
  if (minutes === 0) return ''
  const parts = [
    [Math.floor(minutes / 1440), 'd'],
    [Math.floor((minutes % 1440) / 60), 'h'],
    [minutes % 60, 'm'],
  ] as const
  const told = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n}${unit}`)
  return `${ms < 0 ? '-' : '+'}${told.join(' ')}`
}

/** What is left of a countdown: "4:59". Never below zero. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** A word safe to paste into a shell. */
export function shell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The moment that a field for date and time holds, in the browser's time zone; undefined for none. */
export function moment(field: string | undefined): number | undefined {
  const at = field ? new Date(field).getTime() : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

/** A moment as a field for date and time takes it, to the minute. */
export function fieldOf(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}
