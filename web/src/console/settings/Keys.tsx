import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App as Kit } from 'antd'
import { call, Refusal } from '../../api/call'
import { keyStatus } from '../../api/keys'
import { session } from '../../api/session'
import { count } from '../../ui/format'
import { usePreferences, useWords } from '../../ui/preferences'
import { KeysView } from './KeysView'
import { words } from './words'

export function Keys() {
  const client = useQueryClient()
  const { message } = Kit.useApp()
  const { lang } = usePreferences()
  const w = useWords(words).keys
  const { data: who } = useQuery(session)
  const found = useQuery(keyStatus)
  const afresh = () => client.invalidateQueries({ queryKey: keyStatus.queryKey })

  // Whoever may not see the keys is not told of them.
  if (found.error instanceof Refusal && found.error.status === 403) return null
  return (
    <KeysView
      status={found.data}
      error={found.error}
      operator={who?.operator === true}
      onRetry={found.refetch}
      onRotate={async () => {
        const { key } = await call('key.rotate', {})
        await afresh()
        message.success(w.done(key))
      }}
      onRotateAll={async () => {
        const { corps } = await call('key.rotateAll', {})
        await afresh()
        message.success(w.allDone(count(corps, lang)))
      }}
    />
  )
}
