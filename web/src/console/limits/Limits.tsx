import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { limitZone } from '../../api/limits'
import { Groups } from './Groups'
import { LimitsView } from './LimitsView'
import { Packages } from './Packages'
import { Rules } from './Rules'
import type { LimitsSearch } from './search'

const route = getRouteApi('/shell/limits')

const contents = { rules: Rules, packages: Packages, groups: Groups }

/** What the content of each tab is given: the address, and how to change it. */
export interface TabProps {
  search: LimitsSearch
  onSearch: (change: Partial<LimitsSearch>) => void
}

export function Limits() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const zone = useQuery(limitZone)
  const { tab = 'rules' } = search
  const Content = contents[tab]
  return (
    <LimitsView tab={tab} zone={zone.data}>
      <Content
        search={search}
        onSearch={(change) =>
          // What opens over the page is a step that going back takes again; a filter is not.
          navigate({ search: (old) => ({ ...old, ...change }), replace: !('rule' in change || 'grant' in change) })
        }
      />
    </LimitsView>
  )
}
