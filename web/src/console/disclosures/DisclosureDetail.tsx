import { Link } from '@tanstack/react-router'
import { Drawer, Skeleton } from 'antd'
import type { Disclosure } from '../../api/types'
import { Empty } from '../../ui/Empty'
import { Failure } from '../../ui/failure'
import { count, exact } from '../../ui/format'
import { SearchOutlined } from '../../ui/icons'
import { Facts } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { words as common } from '../../ui/words'
import { Fields } from './DisclosuresView'
import css from './disclosures.module.css'
import { words } from './words'

interface Props {
  seq: number
  /** Undefined while it is on its way, null where there is none. */
  record: Disclosure | null | undefined
  error: unknown
  onRetry: () => void
  onClose: () => void
}

export function DisclosureDetail({ seq, record, error, onRetry, onClose }: Props) {
  const w = useWords(words).detail
  const c = useWords(common)
  const { lang } = usePreferences()
  return (
    <Drawer
      open
      size="min(640px, 100vw)"
      title={w.title(count(seq, lang))}
      onClose={onClose}
      closable={{ 'aria-label': c.close }}
    >
      {record ? (
        <Told record={record} />
      ) : error ? (
        <Failure error={error} retry={onRetry} />
      ) : record === null ? (
        <Empty icon={<SearchOutlined />} title={w.gone} text={w.goneText} />
      ) : (
        <Skeleton active paragraph={{ rows: 8 }} />
      )}
    </Drawer>
  )
}

function Told({ record }: { record: Disclosure }) {
  const all = useWords(words)
  const w = all.detail
  const { lang } = usePreferences()
  return (
    <Facts
      rows={[
        [w.at, exact(record.at, lang)],
        [w.kind, <Fields key="fields" record={record} />],
        [all.who, all.as[record.as] ?? record.as],
        ...(record.agentId
          ? [
              [
                w.app,
                <Link key="app" to="/apps/$agentId" params={{ agentId: record.agentId }}>
                  <code>{record.appKey ?? record.agentId}</code>
                </Link>,
              ] as [string, React.ReactNode],
            ]
          : []),
        ...(record.userId ? [[w.user, <code key="user">{record.userId}</code>] as [string, React.ReactNode]] : []),
        [all.operation, <code key="operation">{record.operation}</code>],
        [
          all.people,
          <div key="people">
            <ul className={css.people}>
              {record.people.map((person) => (
                <li key={person}>
                  <Link to="/disclosures" search={{ person }} title={w.only(person)}>
                    {person}
                  </Link>
                </li>
              ))}
            </ul>
            {record.count > record.people.length && (
              <p>{w.cut(count(record.people.length, lang), count(record.count, lang))}</p>
            )}
          </div>,
        ],
        [
          w.call,
          <Link key="call" to="/calls/$requestId" params={{ requestId: record.requestId }} search={{}}>
            <code>{record.requestId}</code>
          </Link>,
        ],
      ]}
    />
  )
}
