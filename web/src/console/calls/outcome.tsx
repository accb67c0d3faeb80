import type { CallItem, CallOutcome } from '../../api/types'
import { useWords } from '../../ui/preferences'
import { Chip } from '../../ui/text'
import { outcomeOf } from './outcomes'
import { words } from './words'

const tones = { ok: 'good', refused: 'warn', error: 'bad' } as const satisfies Record<CallOutcome, string>

/** How a call ended, with its code where the code says more than that. */
export function Outcome({ call }: { call: CallItem }) {
  const w = useWords(words)
  const outcome = outcomeOf(call)
  return (
    <Chip tone={tones[outcome]} dot title={outcome === 'ok' ? undefined : call.message}>
      {w.outcomes[outcome]}
      {outcome !== 'ok' && call.code && ` ${shortCode(call.code)}`}
    </Chip>
  )
}

/** v2 codes are sentences with dots; the last part is the one that differs. */
function shortCode(code: string): string {
  return code.length > 20 ? (code.split('.').at(-1) ?? code) : code
}
