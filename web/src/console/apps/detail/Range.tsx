import { useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Radio, TreeSelect } from 'antd'
import { useEffect, useEffectEvent, useState } from 'react'
import { departments as departmentsQuery } from '../../../api/directory'
import type { App, Department, RangeDepartment, RangeUser } from '../../../api/types'
import { Ask } from '../../../ui/Ask'
import type { Lang } from '../../../ui/choices'
import { useReport } from '../../../ui/failure'
import { count } from '../../../ui/format'
import { Panel } from '../../../ui/Page'
import { usePreferences, useWords } from '../../../ui/preferences'
import type { Acts } from '../AppDetail'
import css from '../apps.module.css'
import { PersonSelect } from '../PersonSelect'
import { lost } from '../range'
import { type Words, words } from '../words'

export function Range({ app, acts }: { app: App; acts: Acts }) {
  const w = useWords(words)
  const report = useReport()
  const [range, setRange] = useState(app.range)
  const [asking, setAsking] = useState(false)
  const [busy, setBusy] = useState(false)
  const changed = JSON.stringify(range) !== JSON.stringify(app.range)
  const gone = lost(app.range, range)
  const stops = gone.all
    ? [w.range.narrowAll(app.name)]
    : [
        ...gone.departments.map((one) => w.range.narrowDepartment(one.name)),
        ...gone.users.map((one) => w.range.narrowUser(one.name)),
      ]

  const save = () =>
    acts.update(
      {
        range: range.all
          ? { all: true }
          : {
              all: false,
              departments: range.departments.map((one) => one.deptId),
              users: range.users.map((one) => one.userId),
            },
      },
      w.range.saved,
    )

  async function widen() {
    setBusy(true)
    await save().catch(report)
    setBusy(false)
  }

  return (
    <Panel title={w.range.title} about={w.range.about}>
      <div className={css.stack}>
        <Radio.Group
          aria-label={w.range.title}
          className={css.choices}
          value={range.all}
          onChange={(event) => setRange({ ...range, all: event.target.value })}
        >
          <Radio value={true}>
            {w.range.all}
            <p className={css.quiet}>{w.range.allAbout}</p>
          </Radio>
          <Radio value={false}>
            {w.range.some}
            <p className={css.quiet}>{w.range.someAbout}</p>
          </Radio>
        </Radio.Group>
        {!range.all && (
          <>
            <div className={css.field}>
              <label htmlFor="range-departments">{w.range.departments}</label>
              <DepartmentSelect
                id="range-departments"
                value={range.departments}
                onChange={(departments) => setRange({ ...range, departments })}
              />
            </div>
            <div className={css.field}>
              <label htmlFor="range-people">{w.range.people}</label>
              <PersonSelect
                id="range-people"
                placeholder={w.range.peopleAbout}
                value={range.users}
                onChange={(users: RangeUser[]) => setRange({ ...range, users })}
              />
            </div>
            {range.departments.length + range.users.length === 0 && (
              <Alert type="warning" showIcon title={w.range.emptyWarning} />
            )}
          </>
        )}
        <div className={css.buttons}>
          <Button
            type="primary"
            disabled={!changed}
            loading={busy}
            onClick={() => (stops.length > 0 ? setAsking(true) : widen())}
          >
            {w.range.save}
          </Button>
          {changed && <Button onClick={() => setRange(app.range)}>{w.range.reset}</Button>}
        </div>
      </div>
      {asking && (
        <Ask
          danger
          title={w.range.narrowTitle}
          act={w.range.narrowAct}
          stops={stops}
          onAct={save}
          onClose={() => setAsking(false)}
        />
      )}
    </Panel>
  )
}

interface Node {
  id: number
  pId: number
  value: number
  title: string
  name: string
  isLeaf: boolean
}

interface DepartmentSelectProps {
  id: string
  value: RangeDepartment[]
  onChange: (departments: RangeDepartment[]) => void
}

/** The department tree, asked for branch by branch: a company may have thousands. */
function DepartmentSelect({ id, value, onChange }: DepartmentSelectProps) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const client = useQueryClient()
  const report = useReport()
  const [nodes, setNodes] = useState<Node[]>([])
  const [open, setOpen] = useState<number[]>([])
  const nameOf = (deptId: number) =>
    nodes.find((node) => node.id === deptId)?.name ?? value.find((one) => one.deptId === deptId)?.name ?? String(deptId)

  async function load(parent?: number) {
    try {
      const { list } = await client.ensureQueryData(departmentsQuery(parent))
      const below = list.map((one) => nodeOf(one, parent ?? 0, w, lang))
      setNodes((old) => [...old.filter((node) => !below.some((one) => one.id === node.id)), ...below])
      return list.map((one) => one.deptId)
    } catch (err) {
      report(err)
    }
  }
  // The root is always the same one; what is below it is what one came to see.
  const loadRoot = useEffectEvent(async () => {
    for (const deptId of (await load()) ?? []) {
      await load(deptId)
      setOpen((old) => [...old, deptId])
    }
  })
  useEffect(() => void loadRoot(), [])

  return (
    <TreeSelect<{ value: number; label: React.ReactNode }[]>
      id={id}
      className={css.wide}
      multiple
      treeCheckable
      treeCheckStrictly
      treeDataSimpleMode
      allowClear
      showSearch={false}
      placeholder={w.range.departmentsAbout}
      treeData={nodes}
      treeNodeLabelProp="name"
      treeExpandedKeys={open}
      onTreeExpand={(keys) => setOpen(keys.map(Number))}
      loadData={async (node) => void (await load(Number(node.value)))}
      value={value.map((one) => ({ value: one.deptId, label: one.name }))}
      onChange={(chosen) => onChange(chosen.map((one) => ({ deptId: one.value, name: nameOf(one.value) })))}
    />
  )
}

function nodeOf(one: Department, parent: number, w: Words, lang: Lang): Node {
  return {
    id: one.deptId,
    pId: parent,
    value: one.deptId,
    title: `${one.name} · ${w.range.members(count(one.people, lang))}`,
    name: one.name,
    isLeaf: !one.hasChildren,
  }
}
