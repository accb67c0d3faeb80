import type { EventsSearch } from './search'

/** How often a live list asks, in milliseconds. It rests while the page is hidden, which is the query library's own manner. */
export function livePace(search: EventsSearch): number | false {
  return search.live === 'yes' && 2000
}
