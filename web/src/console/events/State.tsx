import type { DeliveryState, Subscription } from '../../api/types'
import { useWords } from '../../ui/preferences'
import { Chip, type Tone } from '../../ui/text'
import { words } from './words'

const tones = {
  waiting: 'cool',
  failed: 'warn',
  delivered: 'good',
  dead: 'bad',
  dropped: 'dull',
} as const satisfies Record<DeliveryState, Tone>

/** How far a delivery is; with a number, how many of an event's are so. */
export function State({ state, n }: { state: DeliveryState; n?: number }) {
  const w = useWords(words)
  return (
    <Chip tone={tones[state]} dot title={w.stateAbout[state]}>
      {w.states[state]}
      {n !== undefined && n > 1 && ` ${n}`}
    </Chip>
  )
}

/** Whether a subscription is delivered to, and whether that works. */
export function SubscriptionState({ subscription }: { subscription: Subscription }) {
  const w = useWords(words).subscription
  const { state, reason, failingSince } = subscription
  if (state === 'on' && failingSince) {
    return (
      <Chip tone="bad" dot title={subscription.lastError}>
        {w.failing}
      </Chip>
    )
  }
  return (
    <Chip tone={state === 'on' ? 'good' : state === 'paused' ? 'warn' : 'dull'} dot title={reason}>
      {w.states[state]}
    </Chip>
  )
}

/** Marks of what was done on purpose. */
export function Marks({ replayed, injected }: { replayed: boolean; injected: boolean | string | undefined }) {
  const w = useWords(words)
  return (
    <>
      {replayed && <Chip tone="plum">{w.replayed}</Chip>}
      {injected && <Chip tone="plum">{typeof injected === 'string' ? `${w.injected} ${injected}` : w.injected}</Chip>}
    </>
  )
}
