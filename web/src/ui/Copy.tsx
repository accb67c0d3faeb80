import { App, Button, Tooltip } from 'antd'
import { useEffect, useState } from 'react'
import { CheckOutlined, CopyOutlined } from './icons'
import { useWords } from './preferences'
import css from './text.module.css'
import { words } from './words'

/** A button that copies text, and says so on itself. `what` names the thing for those who cannot see what it is beside. */
export function Copy({ text, what, label }: { text: string; what: string; label?: string }) {
  const w = useWords(words)
  const { message } = App.useApp()
  const [copied, setCopied] = useState(false)

  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1600)
    return () => clearTimeout(timer)
  }, [copied])

  async function copy() {
    try {
      await writeClipboard(text)
      setCopied(true)
    } catch {
      message.warning(w.copyFailed)
    }
  }

  return (
    <Tooltip title={copied ? w.copied : `${w.copy} ${what}`} mouseEnterDelay={0.4}>
      <Button
        type={label ? 'default' : 'text'}
        size="small"
        className={label ? undefined : css.iconButton}
        aria-label={label ? undefined : `${w.copy} ${what}`}
        icon={copied ? <CheckOutlined className={css.done} /> : <CopyOutlined />}
        onClick={(event) => {
          event.stopPropagation()
          void copy()
        }}
      >
        {label && (copied ? w.copied : label)}
        <output className="unseen">{copied ? w.copied : ''}</output>
      </Button>
    </Tooltip>
  )
}

async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  // Browsers offer the clipboard to secure pages only, and a platform in a company's network is often plain http.
  const area = document.createElement('textarea')
  area.value = text
  area.style.position = 'fixed'
  area.style.opacity = '0'
  // Inside an open dialog, because focus may not leave it.
  const place = document.activeElement?.closest('[role="dialog"]') ?? document.body
  place.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (!done) throw new Error('copy refused')
}
