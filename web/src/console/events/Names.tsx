import { Select } from 'antd'
import { useWords } from '../../ui/preferences'
import { words } from './words'

interface NamesProps {
  id?: string
  value?: string[]
  placeholder?: string
  onChange?: (names: string[]) => void
}

/** Names of events, typed or pasted. */
export function Names({ id, value, placeholder, onChange }: NamesProps) {
  const w = useWords(words).subscription
  return (
    <Select<string[]>
      id={id}
      mode="tags"
      style={{ width: '100%' }}
      open={false}
      suffixIcon={null}
      tokenSeparators={[',', ' ', '\n']}
      placeholder={placeholder ?? w.namesPlaceholder}
      value={value}
      onChange={onChange}
    />
  )
}
