import { useMutation, useQueryClient } from '@tanstack/react-query'
import { call } from '../../api/call'
import { clock as clockQuery } from '../../api/session'
import { useReport } from '../../ui/failure'

/** Moves the corp's clock, and puts it back. */
export function useClock() {
  const client = useQueryClient()
  const report = useReport()
  const change = useMutation({
    mutationFn: (by: string | null) => (by === null ? call('clock.reset', {}) : call('clock.move', { by })),
    onSuccess: async (answer) => {
      client.setQueryData(clockQuery.queryKey, { ...answer, ahead: answer.now - answer.offsetMs - Date.now() })
      // What has expired, and which secrets still live, is told by the corp's clock.
      await client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'clock' })
    },
    onError: report,
  })
  return {
    busy: change.isPending,
    onMove: (by: string) => change.mutate(by),
    onReset: () => change.mutate(null),
  }
}
