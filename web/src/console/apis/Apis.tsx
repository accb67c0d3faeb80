import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { apis, apisKey } from '../../api/apis'
import { session } from '../../api/session'
import { useKeys } from '../../ui/keys'
import { ApisView } from './ApisView'
import { ImportApi } from './ImportApi'

export function Apis() {
  const client = useQueryClient()
  const { data: who } = useQuery(session)
  const found = useQuery(apis)
  const [importing, setImporting] = useState(false)
  useKeys({ n: () => setImporting(true) })
  return (
    <>
      <ApisView
        groups={found.data?.list}
        error={found.error}
        onRetry={found.refetch}
        onImport={() => setImporting(true)}
      />
      {importing && (
        <ImportApi
          operator={who?.operator === true}
          onDone={() => client.invalidateQueries({ queryKey: apisKey })}
          onClose={() => setImporting(false)}
        />
      )}
    </>
  )
}
