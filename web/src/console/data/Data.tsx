import { getRouteApi } from '@tanstack/react-router'
import { DataPageView } from './DataPageView'
import { People } from './People'
import { Rules } from './Rules'
import type { DataSearch } from './search'

const route = getRouteApi('/shell/data')

const contents = { rules: Rules, people: People }

/** What the content of each tab is given: the address, and how to change it. */
export interface TabProps {
  search: DataSearch
  onSearch: (change: Partial<DataSearch>) => void
}

export function Data() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { tab = 'rules' } = search
  const Content = contents[tab]
  return (
    <DataPageView tab={tab}>
      <Content
        search={search}
        onSearch={(change) =>
          navigate({ search: (old) => ({ ...old, ...change }), replace: !('rule' in change || 'protect' in change) })
        }
      />
    </DataPageView>
  )
}
