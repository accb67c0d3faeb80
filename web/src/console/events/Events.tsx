import { getRouteApi } from '@tanstack/react-router'
import { EventDetail } from './EventDetail'
import { EventsPageView } from './EventsPageView'
import { Log } from './Log'
import { ReplayForm } from './ReplayForm'
import { Replays } from './Replays'
import { SubscriptionDetail } from './SubscriptionDetail'
import { Subscriptions } from './Subscriptions'
import type { EventsSearch } from './search'

const route = getRouteApi('/shell/events')

export interface TabProps {
  search: EventsSearch
  onSearch: (change: Partial<EventsSearch>) => void
}

const contents = { log: Log, subscriptions: Subscriptions, replays: Replays }

/** What opens over the page is a step that going back takes again; a filter is not. */
const steps = ['event', 'subscription', 'replay'] as const

export function Events() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const onSearch = (change: Partial<EventsSearch>) =>
    navigate({ search: (old) => ({ ...old, ...change }), replace: !steps.some((step) => step in change) })
  const tab = search.tab ?? 'log'
  const Content = contents[tab]
  return (
    <EventsPageView tab={tab} search={search} onSearch={onSearch}>
      <Content search={search} onSearch={onSearch} />
      {search.event !== undefined && <EventDetail eventId={search.event} onSearch={onSearch} />}
      {search.subscription !== undefined && (
        <SubscriptionDetail subscriptionId={search.subscription} onSearch={onSearch} />
      )}
      {search.replay !== undefined && (
        <ReplayForm
          key={`${search.replay} ${search.from}`}
          subscriptionId={search.replay === 'new' ? undefined : search.replay}
          fromEventId={search.from}
          onSearch={onSearch}
        />
      )}
    </EventsPageView>
  )
}
