import { Button } from 'antd'
import { useState } from 'react'
import type { LimitGroup, LimitPackage, LimitRule } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { Empty } from '../../ui/Empty'
import { count } from '../../ui/format'
import { AppstoreAddOutlined } from '../../ui/icons'
import css from '../../ui/list.module.css'
import { Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { Chip } from '../../ui/text'
import { words as common } from '../../ui/words'
import own from './limits.module.css'
import { useSubject } from './Subject'
import { words } from './words'

interface Props {
  groups: LimitGroup[] | undefined
  declared: string[] | undefined
  /** What counts groups, and would count nothing without them. */
  rules: LimitRule[]
  packages: LimitPackage[]
  error: unknown
  onRetry: () => void
  onOpen: (group: LimitGroup | 'new') => void
  onRemove: (group: LimitGroup) => Promise<void>
}

export function GroupsView({ groups, declared, rules, packages, error, onRetry, onOpen, onRemove }: Props) {
  const w = useWords(words)
  const c = useWords(common)
  const { lang } = usePreferences()
  const subject = useSubject()
  const [removing, setRemoving] = useState<LimitGroup>()
  const usedBy = (name: string) => rules.filter((rule) => rule.group === name)
  const packagesOf = (name: string) => packages.filter((one) => one.group === name)
  const add = (
    <Button type="primary" onClick={() => onOpen('new')}>
      {w.groups.add}
    </Button>
  )
  const name = (group: LimitGroup) => (
    <button type="button" className={css.row} data-row onClick={() => onOpen(group)}>
      {group.name}
    </button>
  )
  const operations = (group: LimitGroup) => (
    <span className={css.subject}>
      {w.groups.count(count(group.operations.length, lang))}
      <span className={own.names}>
        {group.operations.slice(0, 4).map((one) => (
          <code key={one}>{one}</code>
        ))}
        {group.operations.length > 4 && '…'}
      </span>
    </span>
  )
  const used = (group: LimitGroup) => {
    const counted = usedBy(group.name).length
    const paid = packagesOf(group.name).length
    if (counted + paid === 0) return <span className={css.quiet}>{w.groups.unused}</span>
    return w.groups.usedBy(count(counted, lang), count(paid, lang))
  }
  const remove = (group: LimitGroup) => (
    <span className={css.above}>
      <Button size="small" type="text" danger onClick={() => setRemoving(group)}>
        {c.remove}
      </Button>
    </span>
  )
  const columns: Column<LimitGroup>[] = [
    { key: 'name', title: w.groups.name, width: 240, cell: name },
    { key: 'operations', title: w.groups.operations, cell: operations },
    { key: 'used', title: w.groups.used, width: 192, cell: used },
    { key: 'act', title: c.actions, align: 'right', width: 88, cell: remove },
  ]
  const stops = removing && [
    ...usedBy(removing.name).map((rule) => w.groups.removeRule(subject(rule))),
    ...packagesOf(removing.name).map((one) => w.groups.removePackage(one.appName)),
  ]

  return (
    <div className={css.stack}>
      <Panel flush title={w.tabs.groups} about={w.groups.about} actions={add}>
        <Rows
          label={w.tabs.groups}
          columns={columns}
          rowKey={(group) => group.name}
          rows={groups}
          error={error}
          retry={onRetry}
          empty={
            <Empty
              icon={<AppstoreAddOutlined />}
              title={w.groups.emptyTitle}
              text={w.groups.emptyText}
              action={add}
              cli={{ told: w.groups.emptyCli, line: 'gatepost limit group set tickets /get_jsapi_ticket' }}
            />
          }
          card={(group) => (
            <>
              <div className={css.cardHead}>
                {name(group)}
                {remove(group)}
              </div>
              {operations(group)}
              <div className={css.cardFoot}>{used(group)}</div>
            </>
          )}
        />
      </Panel>
      {declared && declared.length > 0 && (
        <Panel title={w.groups.declared} about={w.groups.declaredAbout}>
          <div className={own.declared}>
            {declared.map((one) => (
              <Chip key={one} tone="dull">
                {one}
              </Chip>
            ))}
          </div>
        </Panel>
      )}
      {removing && (
        <Ask
          danger
          title={w.groups.removeTitle(removing.name)}
          act={c.remove}
          stops={stops}
          onAct={() => onRemove(removing)}
          onClose={() => setRemoving(undefined)}
        >
          {stops?.length === 0 && <p>{w.groups.removeFree}</p>}
        </Ask>
      )}
    </div>
  )
}
