import { Link } from '@tanstack/react-router'
import { Switch } from 'antd'
import type { ReactNode } from 'react'
import { Page } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import tabsCss from '../../ui/tabs.module.css'
import css from './events.module.css'
import { type EventsSearch, type Tab, tabs } from './search'
import { words } from './words'

interface Props {
  tab: Tab
  search: EventsSearch
  onSearch: (change: Partial<EventsSearch>) => void
  children: ReactNode
}

export function EventsPageView({ tab, search, onSearch, children }: Props) {
  const w = useWords(words)
  return (
    <Page
      title={w.title}
      about={w.about}
      actions={
        <label className={css.live}>
          {search.live && <i aria-hidden />}
          {w.live}
          <Switch checked={search.live === 'yes'} onChange={(on) => onSearch({ live: on ? 'yes' : undefined })} />
        </label>
      }
    >
      <nav className={tabsCss.tabs} aria-label={w.title}>
        {tabs.map((key) => (
          <Link
            key={key}
            to="/events"
            search={{ tab: key === 'log' ? undefined : key, app: search.app, live: search.live }}
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
