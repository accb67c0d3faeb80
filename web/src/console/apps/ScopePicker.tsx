import { Button, Checkbox, Input, Skeleton } from 'antd'
import { useState } from 'react'
import type { Grade as GradeName, Scope } from '../../api/types'
import { Failure } from '../../ui/failure'
import { RightOutlined, SearchOutlined } from '../../ui/icons'
import { usePreferences, useWords } from '../../ui/preferences'
import { Chip, Grade } from '../../ui/text'
import { matching } from './matching'
import css from './picker.module.css'
import { words } from './words'

interface Props {
  scopes: Scope[] | undefined
  error: unknown
  onRetry: () => void
  /** Those an application has already; they are shown, and cannot be chosen again. */
  granted?: ReadonlySet<string>
  /** Both are given by the form that the picker stands in. */
  value?: string[]
  onChange?: (chosen: string[]) => void
}

const grades: GradeName[] = ['R1', 'R2', 'W1', 'W2']

/** Permission points by grade, least first, found by code, title, or the path of an operation behind them. */
export function ScopePicker({ scopes, error, onRetry, granted, value = [], onChange }: Props) {
  const w = useWords(words)
  const [search, setSearch] = useState('')
  if (!scopes && error) return <Failure error={error} retry={onRetry} />

  const found = scopes && matching(scopes, search)
  const toggle = (scope: string) =>
    onChange?.(value.includes(scope) ? value.filter((one) => one !== scope) : [...value, scope])

  return (
    <div className={css.picker}>
      <div className={css.head}>
        <Input
          type="search"
          variant="borderless"
          allowClear
          prefix={<SearchOutlined />}
          aria-label={w.picker.search}
          placeholder={w.picker.search}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          // Enter in a search is not the form's.
          onPressEnter={(event) => event.preventDefault()}
        />
        <span className={css.chosen} aria-live="polite">
          {value.length > 0 && w.picker.chosen(value.length)}
        </span>
      </div>
      <div className={css.list}>
        {!found && <Skeleton active title={false} paragraph={{ rows: 6 }} className={css.wait} />}
        {found?.length === 0 && (
          <div className={css.none}>
            <p>{w.picker.none}</p>
            <p>{w.picker.noneHint}</p>
          </div>
        )}
        {found &&
          grades.map((grade) => {
            const group = found.filter((scope) => scope.grade === grade)
            if (group.length === 0) return null
            return (
              <section key={grade}>
                <h3>
                  <Grade grade={grade} /> {w.picker.groups[grade]}
                </h3>
                <ul>
                  {group.map((scope) => (
                    <Choice
                      key={scope.scope}
                      scope={scope}
                      had={granted?.has(scope.scope) ?? false}
                      chosen={value.includes(scope.scope)}
                      onToggle={() => toggle(scope.scope)}
                    />
                  ))}
                </ul>
              </section>
            )
          })}
      </div>
    </div>
  )
}

interface ChoiceProps {
  scope: Scope
  had: boolean
  chosen: boolean
  onToggle: () => void
}

function Choice({ scope, had, chosen, onToggle }: ChoiceProps) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const [open, setOpen] = useState(false)
  const some = scope.operations.length > 0
  return (
    <li>
      <div className={css.choice}>
        <Checkbox checked={had || chosen} disabled={had} onChange={onToggle} className={css.box}>
          <span className={css.title}>
            {lang === 'zh' ? scope.title : scope.titleEn}
            {had && <Chip tone="dull">{w.picker.granted}</Chip>}
            {scope.kind !== 'app' && <Chip tone="plum">{w.picker.kinds[scope.kind]}</Chip>}
          </span>
          <code>{scope.scope}</code>
        </Checkbox>
        {some ? (
          <Button
            type="text"
            size="small"
            className={css.count}
            aria-expanded={open}
            aria-label={`${w.picker.showOperations(scope.scope)}: ${w.picker.operations(scope.operations.length)}`}
            icon={<RightOutlined rotate={open ? 90 : 0} />}
            iconPlacement="end"
            onClick={() => setOpen(!open)}
          >
            {w.picker.operations(scope.operations.length)}
          </Button>
        ) : (
          <span className={css.count}>{w.picker.noOperations}</span>
        )}
      </div>
      {open && (
        <ul className={css.operations}>
          {scope.operations.map((operation) => (
            <li key={`${operation.method} ${operation.path}`}>
              <code>
                {operation.method} {operation.path}
              </code>
              <span>{operation.title}</span>
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}
