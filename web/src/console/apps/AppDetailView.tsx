import { ArrowLeftOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { Skeleton, Tabs } from 'antd'
import type { AppGetResponse } from '../../api/gen'
import { Failure } from '../../ui/failure'
import { Page, Panel } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import type { Acts } from './AppDetail'
import { State } from './AppsView'
import css from './apps.module.css'
import { Badge } from './Badge'
import { Credentials } from './detail/Credentials'
import { Overview } from './detail/Overview'
import { Range } from './detail/Range'
import { Scopes } from './detail/Scopes'
import { Security } from './detail/Security'
import { TestCode } from './detail/TestCode'
import { type Tab, tabs } from './search'
import { words } from './words'

interface Props {
  app: AppGetResponse | undefined
  error: unknown
  tab: Tab
  acts: Acts
  onRetry: () => void
  onTab: (tab: Tab) => void
}

const contents = {
  overview: Overview,
  credentials: Credentials,
  scopes: Scopes,
  range: Range,
  security: Security,
  test: TestCode,
}

export function AppDetailView({ app, error, tab, acts, onRetry, onTab }: Props) {
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
      actions={<Badge name={app.name} seed={app.agentId} large />}
    >
      <Tabs
        activeKey={tab}
        className={css.tabs}
        onChange={(key) => onTab(key as Tab)}
        items={tabs.map((key) => ({
          key,
          label: w.tabs[key],
          // Only the open tab holds state: what was typed in another is not carried along unseen.
          children: key === tab ? <Content key={app.agentId} app={app} acts={acts} /> : null,
        }))}
      />
    </Page>
  )
}
