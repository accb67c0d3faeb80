import { Input, type InputRef } from 'antd'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { SearchOutlined } from './icons'
import { useKeys } from './keys'
import css from './text.module.css'

interface Props {
  value: string
  /** What is searched; also its name for those who hear it. */
  label: string
  onChange: (value: string) => void
  /** Whether "/" leads here. One field of a page has it. */
  main?: boolean
  className?: string
}

/** A field that asks when typing rests. */
export function SearchField({ value, label, onChange, main, className }: Props) {
  const field = useRef<InputRef>(null)
  const [typed, setTyped] = useState(value)
  const [told, setTold] = useState(value)
  if (value !== told) {
    // The address changed without us: by going back, or by clearing all filters.
    setTold(value)
    if (value !== typed.trim()) setTyped(value)
  }

  const tell = useEffectEvent((next: string) => {
    if (next !== value) onChange(next)
  })
  useEffect(() => {
    const timer = setTimeout(() => tell(typed.trim()), 300)
    return () => clearTimeout(timer)
  }, [typed])

  useKeys(main ? { '/': () => field.current?.focus({ cursor: 'all' }) } : {})

  return (
    <Input
      ref={field}
      type="search"
      allowClear
      className={className}
      aria-label={label}
      placeholder={label}
      prefix={main && <SearchOutlined />}
      suffix={
        main && !typed ? (
          <kbd aria-hidden className={css.key}>
            /
          </kbd>
        ) : undefined
      }
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onPressEnter={() => tell(typed.trim())}
    />
  )
}
