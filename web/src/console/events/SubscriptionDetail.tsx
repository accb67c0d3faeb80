import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App as Kit } from 'antd'
import { call } from '../../api/call'
import { deadOf, eventsKey, oneSubscription, subscriptionStats } from '../../api/events'
import type { SubscriptionChange } from '../../api/types'
import { count } from '../../ui/format'
import { usePreferences, useWords } from '../../ui/preferences'
import { useUndo } from '../../ui/useUndo'
import type { TabProps } from './Events'
import { SubscriptionDetailView } from './SubscriptionDetailView'
import { words } from './words'

interface Props {
  subscriptionId: string
  onSearch: TabProps['onSearch']
}

export function SubscriptionDetail({ subscriptionId, onSearch }: Props) {
  const client = useQueryClient()
  const { message } = Kit.useApp()
  const { lang } = usePreferences()
  const undo = useUndo()
  const w = useWords(words).subscription
  const found = useQuery({ ...oneSubscription(subscriptionId), refetchInterval: 5000 })
  const stats = useQuery(subscriptionStats(subscriptionId))
  const dead = useQuery({ ...deadOf(subscriptionId), enabled: (found.data?.dead ?? 0) > 0 })
  const afresh = () => client.invalidateQueries({ queryKey: eventsKey })
  const turn = async (how: 'pause' | 'resume' | 'switchoff') => {
    await call(`event.subscription.${how}`, { subscriptionId })
    await afresh()
  }
  const change = useMutation({
    mutationFn: async (change: SubscriptionChange) => {
      const before = found.data
      await call('event.subscription.update', { subscriptionId, ...change })
      await afresh()
      if (!before) return
      const { names, ordered, most, timeoutMs, group = '' } = before
      undo(w.saved, async () => {
        await call('event.subscription.update', { subscriptionId, names, ordered, most, timeoutMs, group })
        await afresh()
      })
    },
  })
  const close = () => onSearch({ subscription: undefined })
  return (
    <SubscriptionDetailView
      subscription={found.data}
      error={found.error}
      buckets={stats.data?.buckets}
      dead={dead.data?.list}
      change={{ busy: change.isPending, error: change.error, save: change.mutateAsync, forget: change.reset }}
      onRetry={found.refetch}
      onPause={async () => {
        await turn('pause')
        undo(w.paused, () => turn('resume'))
      }}
      onResume={async () => {
        await turn('resume')
        message.success(w.resumed)
      }}
      onOff={async () => {
        await turn('switchoff')
        message.success(w.offDone)
      }}
      onRemove={async (confirm) => {
        await call('event.subscription.remove', { subscriptionId, confirm })
        message.success(w.gone)
        close()
        await afresh()
      }}
      onRepushDead={async () => {
        const { repushed } = await call('event.dead.repush', { subscriptionId })
        message.success(w.deadRepushed(count(repushed, lang)))
        await afresh()
      }}
      onReplay={() => onSearch({ subscription: undefined, replay: subscriptionId, from: undefined })}
      onEvents={() => onSearch({ subscription: undefined, tab: undefined, to: subscriptionId })}
      onEvent={(event) => onSearch({ subscription: undefined, event })}
      onClose={close}
    />
  )
}
