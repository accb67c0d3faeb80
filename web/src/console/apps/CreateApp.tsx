import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { appsKey, scopes } from '../../api/apps'
import { call } from '../../api/call'
import type { NewApp } from '../../api/types'
import { CreateAppView } from './CreateAppView'
import { SavedOnce } from './SavedOnce'

/** Making an application, until its secret is safely kept. */
export function CreateApp({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const known = useQuery(scopes)
  const create = useMutation({
    mutationFn: (request: NewApp) => call('app.create', request),
    onSuccess: () => client.invalidateQueries({ queryKey: appsKey }),
  })

  if (create.data) {
    const { agentId, appKey, appSecret } = create.data
    return (
      <SavedOnce
        agentId={agentId}
        appKey={appKey}
        appSecret={appSecret}
        onDone={() => navigate({ to: '/apps/$agentId', params: { agentId } })}
      />
    )
  }
  return (
    <CreateAppView
      scopes={known.data?.list}
      scopesError={known.error}
      onScopesRetry={known.refetch}
      busy={create.isPending}
      error={create.error}
      onCreate={create.mutate}
      onClose={onClose}
    />
  )
}
