import { type ReactNode, useEffect } from 'react'
import { Mark } from '../../ui/Mark'
import { useWords } from '../../ui/preferences'
import { LanguageSwitch, ThemeSwitch } from '../shell/switches'
import css from './entry.module.css'
import { words } from './words'

/** What stands around the pages that one sees before being let in. */
export function Entry({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  const w = useWords(words)
  useEffect(() => {
    document.title = `${title} · Gatepost`
  }, [title])
  return (
    <div className={css.entry}>
      <header>
        <LanguageSwitch />
        <ThemeSwitch />
      </header>
      <main className={css.main}>
        <div className={css.brand}>
          <Mark size={48} />
          <p className={css.name}>门枢 Gatepost</p>
          <p className={css.tagline}>{w.tagline}</p>
        </div>
        <section className={css.card}>
          <h1>{title}</h1>
          <p>{about}</p>
          {children}
        </section>
      </main>
    </div>
  )
}
