import { useQuery } from '@tanstack/react-query'
import { Empty, Select, Spin } from 'antd'
import { useEffect, useState } from 'react'
import { people } from '../../api/directory'
import type { RangeUser } from '../../api/types'
import { Told } from '../../ui/failure'
import { useWords } from '../../ui/preferences'
import css from './apps.module.css'
import { words } from './words'

interface Props {
  id: string
  placeholder: string
  value: RangeUser[]
  onChange: (people: RangeUser[]) => void
  /** One person instead of several. */
  single?: boolean
}

/** People, found as one types. */
export function PersonSelect({ id, placeholder, value, onChange, single }: Props) {
  const w = useWords(words)
  const [typed, setTyped] = useState('')
  const [asked, setAsked] = useState('')
  const found = useQuery(people(asked))
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), 250)
    return () => clearTimeout(timer)
  }, [typed])

  const options = found.data?.list.map((person) => ({
    value: person.userId,
    name: person.name,
    label: (
      <span className={css.person}>
        {person.name}
        <small>{[person.userId, person.title, ...person.departments].filter(Boolean).join(' · ')}</small>
      </span>
    ),
  }))
  const nameOf = (userId: string) =>
    options?.find((one) => one.value === userId)?.name ?? value.find((one) => one.userId === userId)?.name ?? userId

  const chosen = value.map((one) => ({ value: one.userId, label: one.name }))
  const tell = (next: { value: string }[]) =>
    onChange(next.map((one) => ({ userId: one.value, name: nameOf(one.value) })))
  const shared = {
    id,
    placeholder,
    className: css.wide,
    labelInValue: true as const,
    allowClear: true,
    options,
    optionLabelProp: 'name',
    notFoundContent: found.isPending ? (
      <Spin size="small" />
    ) : found.error ? (
      <Told error={found.error} />
    ) : (
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={w.range.noPeople} />
    ),
  }
  const search = { filterOption: false as const, onSearch: setTyped }
  return single ? (
    <Select<{ value: string; label: string }>
      {...shared}
      showSearch={search}
      value={chosen[0]}
      onChange={(next?: { value: string }) => tell(next ? [next] : [])}
    />
  ) : (
    <Select<{ value: string; label: string }[]>
      {...shared}
      mode="multiple"
      showSearch={search}
      value={chosen}
      onChange={tell}
    />
  )
}
