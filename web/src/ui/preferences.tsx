import { App, ConfigProvider } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import { createContext, type ReactNode, use, useLayoutEffect, useMemo, useState } from 'react'
import { scope, theme } from '../theme'
import { type Lang, type Mode, parseMode, pickLang } from './choices'
import { useMedia } from './media'

interface Preferences {
  lang: Lang
  mode: Mode
  setLang(lang: Lang): void
  setMode(mode: Mode): void
}

const Context = createContext<Preferences | undefined>(undefined)

export function usePreferences(): Preferences {
  const found = use(Context)
  if (!found) throw new Error('usePreferences outside PreferencesProvider')
  return found
}

/** The words of one area in the person's language. */
export function useWords<W>(words: Record<Lang, W>): W {
  return words[usePreferences().lang]
}

/** Language and theme: remembered on this device, and before any choice taken from the browser. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [lang, setLang] = useState(() => pickLang(localStorage.getItem('gatepost.lang'), navigator.languages))
  const [mode, setMode] = useState(() => parseMode(localStorage.getItem('gatepost.theme')))
  const systemDark = useMedia('(prefers-color-scheme: dark)')
  const still = useMedia('(prefers-reduced-motion: reduce)')
  const dark = mode === 'system' ? systemDark : mode === 'dark'

  useLayoutEffect(() => {
    const html = document.documentElement
    html.lang = lang === 'zh' ? 'zh-CN' : 'en'
    html.dataset.theme = dark ? 'dark' : 'light'
    html.classList.add(scope)
  }, [lang, dark])

  const preferences = useMemo<Preferences>(
    () => ({
      lang,
      mode,
      setLang(next) {
        localStorage.setItem('gatepost.lang', next)
        // Set at once and not only by the effect above: what is asked in this very turn must be in the new language.
        document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
        setLang(next)
      },
      setMode(next) {
        localStorage.setItem('gatepost.theme', next)
        setMode(next)
      },
    }),
    [lang, mode],
  )
  const config = useMemo(() => theme(dark, still), [dark, still])

  return (
    <Context value={preferences}>
      <ConfigProvider
        theme={config}
        locale={lang === 'zh' ? zhCN : enUS}
        // Two Chinese characters in a button are a word; the kit would put a space between them.
        button={{ autoInsertSpace: false }}
      >
        <App notification={{ placement: 'bottomRight' }} message={{ maxCount: 3 }}>
          {children}
        </App>
      </ConfigProvider>
    </Context>
  )
}
