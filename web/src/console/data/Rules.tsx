import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { scopes } from '../../api/apps'
import { call } from '../../api/call'
import { maskKey, maskRules } from '../../api/masks'
import type { MaskChange, MaskRule } from '../../api/types'
import { useKeys } from '../../ui/keys'
import { useWords } from '../../ui/preferences'
import { useUndo } from '../../ui/useUndo'
import type { TabProps } from './Data'
import { RuleForm } from './RuleForm'
import { RulesView } from './RulesView'
import { words } from './words'

/** A rule as the platform is told it again. */
function again({ appName: _, by: __, at: ___, ...rule }: MaskRule): MaskChange {
  return rule as MaskChange
}

export function Rules({ search, onSearch }: TabProps) {
  const client = useQueryClient()
  const undo = useUndo()
  const w = useWords(words)
  const found = useQuery(maskRules)
  const known = useQuery(scopes)
  const open = found.data?.find((rule) => String(rule.id) === search.rule)
  useKeys({ n: () => onSearch({ rule: 'new' }) })

  async function set(change: MaskChange) {
    const made = await call('mask.set', change)
    await client.invalidateQueries({ queryKey: maskKey })
    return made
  }
  async function drop(id: number) {
    await call('mask.remove', { id })
    await client.invalidateQueries({ queryKey: maskKey })
  }
  const save = useMutation({
    mutationFn: set,
    onSuccess: (made) => {
      const before = open
      onSearch({ rule: undefined })
      undo(w.rules.saved, () => (before ? set(again(before)) : drop(made.id)))
    },
  })

  return (
    <>
      <RulesView
        search={search}
        all={found.data}
        error={found.error}
        onRetry={found.refetch}
        onSearch={onSearch}
        onEnable={async (rule, enabled) => {
          await set({ ...again(rule), enabled })
          undo(enabled ? w.rules.on : w.rules.off, () => set(again(rule)))
        }}
        onRemove={async (rule) => {
          await drop(rule.id)
          // Another number is drawn for it, because a number is never given twice.
          undo(w.rules.removed, () => set({ ...again(rule), id: undefined }))
        }}
      />
      {search.rule !== undefined && (search.rule === 'new' || open) && (
        <RuleForm
          key={search.rule}
          rule={open}
          scopes={known.data?.list}
          busy={save.isPending}
          error={save.error}
          onSave={save.mutate}
          onClose={() => {
            save.reset()
            onSearch({ rule: undefined })
          }}
        />
      )}
    </>
  )
}
