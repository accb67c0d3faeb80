import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { appsKey } from '../../api/apps'
import { call as ask } from '../../api/call'
import { oneCall } from '../../api/calls'
import { CallDetailView } from './CallDetailView'

const route = getRouteApi('/shell/calls/$requestId')

export function CallDetail() {
  const { requestId } = route.useParams()
  const navigate = route.useNavigate()
  const client = useQueryClient()
  const found = useQuery(oneCall(requestId))
  const fix = useMutation({
    mutationFn: () => ask('call.fix', { requestId }),
    // What was granted is to be seen on the application's own page too.
    onSuccess: () => client.invalidateQueries({ queryKey: appsKey }),
  })
  return (
    <CallDetailView
      call={found.data}
      error={found.error}
      applied={fix.data?.applied}
      onRetry={found.refetch}
      onFix={() => fix.mutateAsync()}
      onClose={() => navigate({ to: '/calls', search: (old) => old })}
    />
  )
}
