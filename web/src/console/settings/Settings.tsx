import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App as Kit } from 'antd'
import { call } from '../../api/call'
import { limitsKey, limitZone } from '../../api/limits'
import { clock, corps, platform, session, settings } from '../../api/session'
import type { NewCorp } from '../../api/types'
import { useWords } from '../../ui/preferences'
import { useUndo } from '../../ui/useUndo'
import { SettingsView } from './SettingsView'
import { words } from './words'

export function Settings() {
  const client = useQueryClient()
  const { message } = Kit.useApp()
  const undo = useUndo()
  const w = useWords(words)
  const { data: who } = useQuery(session)
  const { data: info } = useQuery(platform)
  const { data: time } = useQuery(clock)
  const zone = useQuery(limitZone)
  const found = useQuery(settings)
  const sso = useMutation({ mutationFn: () => call('corp.sso.secret', {}) })

  async function setHttps(requireHttps: boolean) {
    client.setQueryData(settings.queryKey, await call('corp.settings.set', { requireHttps }))
  }
  async function setZone(timeZone: string) {
    await call('limit.zone.set', { timeZone })
    await client.invalidateQueries({ queryKey: limitsKey })
  }

  return (
    <SettingsView
      who={who ?? undefined}
      platform={info}
      clock={time}
      zone={zone.data}
      found={found.data}
      error={found.error}
      sso={{ secret: sso.data?.ssoSecret, busy: sso.isPending, error: sso.error, show: () => sso.mutate() }}
      onRetry={found.refetch}
      acts={{
        async https(on: boolean) {
          await setHttps(on)
          undo(w.transport.done, () => setHttps(!on))
        },
        async zone(timeZone: string) {
          const before = zone.data
          await setZone(timeZone)
          if (before) undo(w.time.zoneDone, () => setZone(before))
        },
        async reset(confirm: string) {
          await call('corp.reset', { corpId: who?.corpId ?? '', confirm })
          // Everything that was read is of a company that is no more.
          await client.invalidateQueries()
          message.success(w.reset.done)
        },
        async create(corp: NewCorp) {
          await call('corp.create', corp)
          await client.invalidateQueries({ queryKey: corps.queryKey })
          message.success(w.create.done)
        },
      }}
    />
  )
}
