import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Page } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import css from '../../ui/tabs.module.css'
import { type Tab, tabs } from './search'
import { words } from './words'

export function DataPageView({ tab, children }: { tab: Tab; children: ReactNode }) {
  const w = useWords(words)
  return (
    <Page title={w.title} about={w.about}>
      <nav className={css.tabs} aria-label={w.title}>
        {tabs.map((key) => (
          <Link
            key={key}
            to="/data"
            search={{ tab: key === 'rules' ? undefined : key }}
            // The first tab's address is part of all others', so the router alone would mark it with each of them.
            activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
            aria-current={key === tab ? 'page' : undefined}
          >
            {w.tabs[key]}
          </Link>
        ))}
      </nav>
      {children}
    </Page>
  )
}
