import { Link } from '@tanstack/react-router'
import { Skeleton } from 'antd'
import type { App } from '../../api/types'
import { Failure } from '../../ui/failure'
import { ArrowLeftOutlined } from '../../ui/icons'
import { Page, Panel } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import tabsCss from '../../ui/tabs.module.css'
import type { Acts } from './AppDetail'
import { State } from './AppsView'
import css from './apps.module.css'
import { Badge } from './Badge'
import { Assistants } from './detail/Assistants'
import { Credentials } from './detail/Credentials'
import { Limits } from './detail/Limits'
import { Overview } from './detail/Overview'
import { Range } from './detail/Range'
import { Scopes } from './detail/Scopes'
import { Security } from './detail/Security'
import { Test } from './detail/Test'
import { type Tab, tabs } from './search'
import { words } from './words'

interface Props {
  app: App | undefined
  error: unknown
  tab: Tab
  request: string | undefined
  acts: Acts
  onRetry: () => void
  onRequestDone: () => void
}

/** What the content of each tab is given. */
export interface TabProps {
  app: App
  acts: Acts
  request: string | undefined
  onRequestDone: () => void
}

const contents = {
  overview: Overview,
  credentials: Credentials,
  scopes: Scopes,
  range: Range,
  security: Security,
  limits: Limits,
  assistants: Assistants,
  test: Test,
}

export function AppDetailView({ app, error, tab, request, acts, onRetry, onRequestDone }: Props) {
  const w = useWords(words)
  const back = (
    <Link to="/apps" className={css.back}>
      <ArrowLeftOutlined /> {w.back}
    </Link>
  )
  if (!app) {
    return (
      <Page title={w.apps} above={back}>
        <Panel>{error ? <Failure error={error} retry={onRetry} /> : <Skeleton active paragraph={{ rows: 6 }} />}</Panel>
      </Page>
    )
  }
  const Content = contents[tab]
  return (
    <Page
      title={app.name}
      above={back}
      mark={<State state={app.state} />}
      about={app.description || undefined}
      face={<Badge name={app.name} seed={app.agentId} large />}
    >
      <nav className={tabsCss.tabs} aria-label={app.name}>
        {tabs.map((key) => (
          <Link
            key={key}
            to="/apps/$agentId"
            params={{ agentId: app.agentId }}
            search={{ tab: key === 'overview' ? undefined : key }}
            // The first tab's address is part of all others', so the router alone would mark it with each of them.
            activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
            aria-current={key === tab ? 'page' : undefined}
          >
            {w.tabs[key]}
          </Link>
        ))}
      </nav>
      <Content key={app.agentId} app={app} acts={acts} request={request} onRequestDone={onRequestDone} />
    </Page>
  )
}
