import { App, Button } from 'antd'
import { useReport } from './failure'
import { useWords } from './preferences'
import css from './text.module.css'
import { words } from './words'

/** Tells that something was done, and offers for a while to take it back. */
export function useUndo(): (told: string, back: () => Promise<unknown>) => void {
  const { message } = App.useApp()
  const report = useReport()
  const w = useWords(words)
  return (told, back) => {
    const close = message.success({
      duration: 8,
      content: (
        <span className={css.undo}>
          {told}
          <Button
            type="link"
            size="small"
            onClick={() => {
              close()
              back().then(() => message.success(w.undone), report)
            }}
          >
            {w.undo}
          </Button>
        </span>
      ),
    })
  }
}
