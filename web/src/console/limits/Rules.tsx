import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { app as appQuery } from '../../api/apps'
import { call } from '../../api/call'
import { limitGroups, limitsKey, limitUsage } from '../../api/limits'
import { session } from '../../api/session'
import type { LimitChange, LimitRule, TrialQuery } from '../../api/types'
import { useKeys } from '../../ui/keys'
import { useWords } from '../../ui/preferences'
import { useUndo } from '../../ui/useUndo'
import type { TabProps } from './Limits'
import { RuleForm } from './RuleForm'
import { RulesView } from './RulesView'
import { shownRules } from './search'
import { words } from './words'

/** A rule as the platform is told it again. */
function again(rule: LimitRule): LimitChange {
  const { platform, level, agentId, operation, group, window, max, shadow } = rule
  return { platform, level, agentId, operation, group, window, max, shadow }
}

export function Rules({ search, onSearch }: TabProps) {
  const client = useQueryClient()
  const undo = useUndo()
  const w = useWords(words)
  const { data: whoami } = useQuery(session)
  const platform = search.platform === 'yes' && whoami?.operator === true
  const found = useQuery(limitUsage(platform))
  const groups = useQuery(limitGroups)
  const chosen = useQuery({ ...appQuery(search.app ?? 0), enabled: search.app !== undefined })
  const open = found.data?.find(({ rule }) => rule.id === search.rule)
  const afresh = () => client.invalidateQueries({ queryKey: limitsKey })
  useKeys({ n: () => onSearch({ rule: 'new' }) })

  async function set(change: LimitChange) {
    await call('limit.set', change)
    await afresh()
  }
  const save = useMutation({
    mutationFn: set,
    onSuccess: (_, change) => {
      const before = open?.rule
      onSearch({ rule: undefined, op: undefined })
      undo(w.form.saved, () => (before ? set(again(before)) : takeBack(change)))
    },
  })
  const trial = useMutation({ mutationFn: (query: TrialQuery) => call('limit.try', query) })

  /** Undoes a rule that was just made: it is found by what makes it that rule. */
  async function takeBack(change: LimitChange) {
    const list = await call('limit.list', { platform: change.platform })
    const made = list.list.find(
      (rule) =>
        rule.agentId === change.agentId &&
        rule.operation === change.operation &&
        rule.group === change.group &&
        rule.window === change.window &&
        (!change.level || rule.level === change.level),
    )
    if (made) await call('limit.remove', { platform: change.platform, id: made.id })
    await afresh()
  }

  async function remove(rule: LimitRule) {
    await call('limit.remove', { platform: rule.platform, id: rule.id })
    await afresh()
    onSearch({ rule: undefined })
    undo(`${w.rule.removed} · ${w.rule.removeBack}`, () => set(again(rule)))
  }

  return (
    <>
      <RulesView
        search={search}
        operator={whoami?.operator === true}
        appName={chosen.data?.name}
        rows={found.data && shownRules(found.data, search)}
        error={found.error}
        onRetry={found.refetch}
        onSearch={onSearch}
        onRemove={remove}
      />
      {search.rule !== undefined && (search.rule === 'new' || open) && (
        <RuleForm
          key={search.rule}
          rule={open?.rule}
          rules={found.data?.map((one) => one.rule) ?? []}
          platform={open?.rule.platform ?? platform}
          begin={{ agentId: search.app, appName: chosen.data?.name, operation: search.op }}
          groups={groups.data && [...groups.data.list.map((one) => one.name), ...groups.data.declared]}
          busy={save.isPending}
          error={save.error}
          onSave={save.mutate}
          trial={{
            busy: trial.isPending,
            error: trial.error,
            result: trial.data,
            of: trial.variables,
            run: trial.mutate,
          }}
          onClose={() => onSearch({ rule: undefined, op: undefined })}
        />
      )}
    </>
  )
}
