import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { recentRefusals } from '../../../api/calls'
import type { App } from '../../../api/types'
import { useWords } from '../../../ui/preferences'
import { Time } from '../../../ui/text'
import css from '../apps.module.css'
import { newAddresses } from '../refused'
import { words } from '../words'

/** Addresses that the allow-list has just refused, each let in by one press. */
export function Refused({ app, onAdd }: { app: App; onAdd: (ip: string) => void }) {
  const w = useWords(words).security
  const found = useQuery({ ...recentRefusals(app.agentId, 'ip.refused'), enabled: app.ips.length > 0 })
  const list = newAddresses(found.data ?? [], app.ips)
  if (list.length === 0) return null
  return (
    <section className={css.refused} aria-labelledby="refused">
      <h3 id="refused">{w.refused}</h3>
      <ul className={css.entries}>
        {list.map(({ ip, at }) => (
          <li key={ip}>
            <span>
              <code>{ip}</code> <Time at={at} clock="real" />
            </span>
            <Button size="small" aria-label={w.letIn(ip)} onClick={() => onAdd(ip)}>
              {w.addRefused}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}
