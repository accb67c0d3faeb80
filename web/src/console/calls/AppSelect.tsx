import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useEffect, useState } from 'react'
import { appChoices } from '../../api/apps'

interface Props {
  id?: string
  value: number | undefined
  /** The chosen one's name, which may be on none of the pages that were searched. */
  name: string | undefined
  label: string
  placeholder: string
  onChange: (agentId: number | undefined, name?: string) => void
}

/** One application, found as one types. */
export function AppSelect({ id, value, name, label, placeholder, onChange }: Props) {
  const [typed, setTyped] = useState('')
  const [asked, setAsked] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), 250)
    return () => clearTimeout(timer)
  }, [typed])
  const found = useQuery(appChoices(asked))
  return (
    <Select<{ value: number; label: string }>
      id={id}
      labelInValue
      style={{ width: '100%' }}
      allowClear
      aria-label={id ? undefined : label}
      placeholder={placeholder}
      loading={found.isFetching}
      showSearch={{ filterOption: false, onSearch: setTyped }}
      options={found.data?.list.map((app) => ({ value: app.agentId, label: app.name }))}
      value={value === undefined ? undefined : { value, label: name ?? String(value) }}
      onChange={(chosen?: { value: number; label: string }) => onChange(chosen?.value, chosen?.label)}
    />
  )
}
