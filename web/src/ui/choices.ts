export type Lang = 'zh' | 'en'
export type Mode = 'system' | 'light' | 'dark'

/** The language chosen before, else the first of the browser's that we speak, else Chinese, the source of all words. */
export function pickLang(stored: string | null, browser: readonly string[]): Lang {
  if (stored === 'zh' || stored === 'en') return stored
  for (const tag of browser) {
    const lang = tag.toLowerCase().split('-')[0]
    if (lang === 'zh' || lang === 'en') return lang
  }
  return 'zh'
}

export function parseMode(stored: string | null): Mode {
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}
