import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Outlet, useRouter } from '@tanstack/react-router'
import { call } from '../../api/call'
import { asked } from '../../api/delegation'
import { clock, platform, session } from '../../api/session'
import { NowProvider } from '../../ui/clock'
import { useReport } from '../../ui/failure'
import { ClockBadge } from './ClockBadge'
import { CorpSwitcher } from './CorpSwitcher'
import { ShellView } from './ShellView'

export function Shell() {
  const client = useQueryClient()
  const router = useRouter()
  const report = useReport()
  const { data: who } = useQuery(session)
  const { data: info } = useQuery(platform)
  const { data: time } = useQuery(clock)
  const { data: requests } = useQuery(asked)

  async function signOut() {
    try {
      await call('session.close', {})
    } catch (err) {
      report(err)
      return
    }
    client.removeQueries({ predicate: (query) => !['setup', 'session'].includes(String(query.queryKey[0])) })
    client.setQueryData(session.queryKey, null)
    await router.navigate({ to: '/sign-in' })
  }

  // For the moment between the end of a session and the sign-in page.
  if (!who) return null
  return (
    <NowProvider ahead={time?.ahead ?? 0} moved={time?.offsetMs ?? 0}>
      <ShellView
        who={who}
        platform={info}
        corp={<CorpSwitcher who={who} />}
        clock={time && (time.movable || time.offsetMs !== 0) && <ClockBadge clock={time} />}
        waiting={requests?.filter((one) => one.state === 'waiting').length ?? 0}
        onSignOut={signOut}
        onGo={(to) => router.navigate({ to })}
      >
        <Outlet />
      </ShellView>
    </NowProvider>
  )
}
