import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { app as appQuery } from '../../api/apps'
import { call } from '../../api/call'
import { disclosure, disclosures, exportDisclosures } from '../../api/disclosures'
import { session } from '../../api/session'
import type { Seal } from '../../api/types'
import { useWords } from '../../ui/preferences'
import { save } from '../../ui/save'
import { Chain } from './Chain'
import { DisclosureDetail } from './DisclosureDetail'
import { DisclosuresView } from './DisclosuresView'
import { type DisclosuresSearch, disclosuresFilter } from './search'
import { words } from './words'

const route = getRouteApi('/shell/disclosures')

export function Disclosures() {
  const w = useWords(words)
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const found = useInfiniteQuery(disclosures(disclosuresFilter(search)))
  const chosen = useQuery({ ...appQuery(search.app ?? 0), enabled: search.app !== undefined })
  const open = useQuery({ ...disclosure(search.record ?? 0), enabled: search.record !== undefined })
  const { data: who } = useQuery(session)
  const [lines, setLines] = useState(0)
  const verify = useMutation({
    mutationFn: (seal: Omit<Seal, 'key'> | undefined) => call('disclosure.verify', { seal }),
  })
  const seal = useMutation({ mutationFn: () => call('disclosure.seal', {}) })
  const write = useMutation({
    mutationFn: async () => {
      const { since, until } = search
      save(w.chain.file(who?.corpId ?? ''), await exportDisclosures({ since, until }, setLines), 'application/jsonl')
    },
  })
  const onSearch = (change: Partial<DisclosuresSearch>) =>
    // What opens over the page is a step that going back takes again; a filter is not.
    navigate({ search: (old) => ({ ...old, ...change }), replace: !('record' in change) })

  return (
    <>
      <DisclosuresView
        search={search}
        appName={chosen.data?.name}
        rows={found.data?.pages.flatMap((page) => page.list)}
        error={found.error}
        stale={found.isPlaceholderData}
        more={
          found.hasNextPage ? { busy: found.isFetchingNextPage, load: () => void found.fetchNextPage() } : undefined
        }
        onRetry={found.refetch}
        onSearch={onSearch}
        chain={
          <Chain
            verify={{ busy: verify.isPending, error: verify.error, result: verify.data, run: verify.mutate }}
            seal={{ busy: seal.isPending, error: seal.error, result: seal.data, run: seal.mutate }}
            write={{
              busy: write.isPending,
              error: write.error,
              done: write.isSuccess,
              lines,
              run: () => {
                setLines(0)
                write.mutate()
              },
            }}
            onShow={(record) => onSearch({ record })}
          />
        }
      />
      {search.record !== undefined && (
        <DisclosureDetail
          seq={search.record}
          record={open.data}
          error={open.error}
          onRetry={open.refetch}
          onClose={() => onSearch({ record: undefined })}
        />
      )}
    </>
  )
}
