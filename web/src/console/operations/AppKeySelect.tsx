import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useEffect, useState } from 'react'
import { appChoices } from '../../api/apps'
import css from '../../ui/form.module.css'
import own from './operations.module.css'

interface Props {
  placeholder: string
  /** These three are given by the form that the field stands in. */
  id?: string
  value?: string[]
  onChange?: (keys: string[]) => void
}

/** Applications by their AppKeys, found as one types. */
export function AppKeySelect({ placeholder, id, value = [], onChange }: Props) {
  const [typed, setTyped] = useState('')
  const [asked, setAsked] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), 250)
    return () => clearTimeout(timer)
  }, [typed])
  const found = useQuery(appChoices(asked))
  return (
    <Select<string[]>
      id={id}
      mode="multiple"
      className={css.wide}
      placeholder={placeholder}
      showSearch={{ filterOption: false, onSearch: setTyped }}
      optionLabelProp="name"
      options={found.data?.list.map((app) => ({
        value: app.appKey,
        name: app.name,
        label: (
          <span className={own.choice}>
            {app.name}
            <small>{app.appKey}</small>
          </span>
        ),
      }))}
      value={value}
      onChange={onChange}
    />
  )
}
