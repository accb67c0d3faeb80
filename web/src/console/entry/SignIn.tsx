import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { call } from '../../api/call'
import { session } from '../../api/session'
import type { SignInRequest } from '../../api/types'
import { SignInView } from './SignInView'

const route = getRouteApi('/sign-in')

export function SignIn() {
  const client = useQueryClient()
  const router = useRouter()
  const search = route.useSearch()
  const open = useMutation({
    mutationFn: (request: SignInRequest) => call('session.open', request),
    onSuccess: async ({ token: _, ...who }) => {
      // Nothing that an earlier person was shown may flash up for this one.
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'setup' })
      client.setQueryData(session.queryKey, who)
      await router.navigate({ href: search.return ?? '/apps', replace: true })
    },
  })
  return <SignInView busy={open.isPending} error={open.error} onSignIn={open.mutate} />
}
