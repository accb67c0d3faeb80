import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Page } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import css from '../../ui/tabs.module.css'
import { type Tab, tabs } from './search'
import { words } from './words'

interface Props {
  tab: Tab
  zone: string | undefined
  children: ReactNode
}

export function LimitsView({ tab, zone, children }: Props) {
  const w = useWords(words)
  return (
    <Page title={w.title} about={w.about(zone ?? '…')}>
      <nav className={css.tabs} aria-label={w.title}>
        {tabs.map((key) => (
          <Link
            key={key}
            to="/limits"
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
