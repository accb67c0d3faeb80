import { useQueryClient } from '@tanstack/react-query'
import { Button, Dropdown } from 'antd'
import type { Mode } from '../../ui/choices'
import { DesktopOutlined, MoonOutlined, SunOutlined } from '../../ui/icons'
import { usePreferences, useWords } from '../../ui/preferences'
import { words } from './words'

export function LanguageSwitch() {
  const w = useWords(words)
  const client = useQueryClient()
  const { lang, setLang } = usePreferences()
  return (
    <Button
      type="text"
      onClick={() => {
        setLang(lang === 'zh' ? 'en' : 'zh')
        // Titles and refusals come from the platform in the language asked for.
        void client.invalidateQueries()
      }}
    >
      <span lang={lang === 'zh' ? 'en' : 'zh-CN'}>{lang === 'zh' ? 'EN' : '中文'}</span>
      <span className="unseen">{w.language}</span>
    </Button>
  )
}

const icons = { system: <DesktopOutlined />, light: <SunOutlined />, dark: <MoonOutlined /> }
const modes: Mode[] = ['system', 'light', 'dark']

export function ThemeSwitch() {
  const w = useWords(words)
  const { mode, setMode } = usePreferences()
  return (
    <Dropdown
      trigger={['click']}
      placement="bottomRight"
      menu={{
        selectable: true,
        selectedKeys: [mode],
        items: modes.map((key) => ({ key, icon: icons[key], label: w.themes[key], onClick: () => setMode(key) })),
      }}
    >
      <Button type="text" aria-label={`${w.theme}: ${w.themes[mode]}`} icon={icons[mode]} />
    </Dropdown>
  )
}
