import { useQuery } from '@tanstack/react-query'
import { Select, Spin } from 'antd'
import { useEffect, useState } from 'react'
import { operationChoices } from '../../api/operations'
import type { Dialect } from '../../api/types'
import { Told } from '../../ui/failure'
import css from '../../ui/form.module.css'
import { usePreferences } from '../../ui/preferences'
import own from './operations.module.css'

interface Props {
  placeholder: string
  /** These three are given by the form that the field stands in. */
  id?: string
  value?: string[]
  onChange?: (operations: string[]) => void
  /** One operation instead of several. */
  single?: boolean
  disabled?: boolean
  /** Only those of one dialect. */
  dialect?: Dialect
}

/** Operations that apps call, found as one types by path or title. */
export function OperationSelect({ placeholder, id, value = [], onChange, single, disabled, dialect }: Props) {
  const { lang } = usePreferences()
  const [typed, setTyped] = useState('')
  const [asked, setAsked] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), 250)
    return () => clearTimeout(timer)
  }, [typed])
  const found = useQuery(operationChoices(asked, dialect))
  const shared = {
    id,
    placeholder,
    disabled,
    allowClear: true,
    className: css.wide,
    showSearch: { filterOption: false as const, onSearch: setTyped },
    options: found.data?.list.map((one) => ({
      value: one.operation,
      name: one.operation,
      label: (
        <span className={own.choice}>
          <code>{one.operation}</code>
          <small>{lang === 'zh' ? one.title : one.titleEn}</small>
        </span>
      ),
    })),
    optionLabelProp: 'name',
    notFoundContent: found.error ? <Told error={found.error} /> : found.isPending ? <Spin size="small" /> : undefined,
  }
  return single ? (
    <Select<string> {...shared} value={value[0]} onChange={(next?: string) => onChange?.(next ? [next] : [])} />
  ) : (
    <Select<string[]> {...shared} mode="multiple" value={value} onChange={(next) => onChange?.(next)} />
  )
}
