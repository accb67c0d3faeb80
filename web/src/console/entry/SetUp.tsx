import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { call } from '../../api/call'
import { session, setupStatus } from '../../api/session'
import type { SetUpRequest } from '../../api/types'
import { SetUpView } from './SetUpView'

export function SetUp() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const create = useMutation({
    mutationFn: async (request: SetUpRequest) => {
      const { corpId } = await call('setup.create', request)
      client.setQueryData(setupStatus.queryKey, (old) => old && { ...old, needed: false })
      return call('session.open', { user: request.userId, password: request.password, corpId })
    },
    onSuccess: async ({ token: _, ...who }) => {
      client.setQueryData(session.queryKey, who)
      await navigate({ to: '/apps', replace: true })
    },
    // Created, but not let in: the sign-in page is the place to go on from.
    onError: async () => {
      if (client.getQueryData(setupStatus.queryKey)?.needed === false) await navigate({ to: '/sign-in' })
    },
  })
  return <SetUpView busy={create.isPending} error={create.error} onCreate={create.mutate} />
}
