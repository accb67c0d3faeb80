import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Input, Popover, Skeleton } from 'antd'
import { useState } from 'react'
import { call } from '../../api/call'
import { corps, session } from '../../api/session'
import type { Session } from '../../api/types'
import { Failure, useReport } from '../../ui/failure'
import { count } from '../../ui/format'
import { DownOutlined } from '../../ui/icons'
import { usePreferences, useWords } from '../../ui/preferences'
import { Chip } from '../../ui/text'
import css from './shell.module.css'
import { words } from './words'

/** The company one works in; for an operator of the platform, the way to another. */
export function CorpSwitcher({ who }: { who: Session }) {
  const w = useWords(words)
  const [open, setOpen] = useState(false)
  const name = (
    <>
      <span className={css.corpName}>{who.corpName}</span>
      {who.sandbox && <Chip tone="plum">{w.sandbox}</Chip>}
    </>
  )
  if (!who.operator) return <div className={`${css.corpFixed} ${css.corpOnly}`}>{name}</div>
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      placement="bottomLeft"
      arrow={false}
      destroyOnHidden
      content={<Corps here={who.corpId} onDone={() => setOpen(false)} />}
    >
      <Button type="text" className={css.corpButton} aria-expanded={open}>
        <span className={css.corpFixed}>
          <span className="unseen">{w.corp}</span>
          {name}
          <DownOutlined className={css.arrow} />
        </span>
      </Button>
    </Popover>
  )
}

function Corps({ here, onDone }: { here: string; onDone: () => void }) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const client = useQueryClient()
  const navigate = useNavigate()
  const report = useReport()
  const [search, setSearch] = useState('')
  const list = useQuery(corps)
  const change = useMutation({
    mutationFn: (corpId: string) => call('corp.switch', { corpId }),
    onSuccess: async (who) => {
      // Everything known so far is of the other company, and so are the addresses within it.
      await navigate({ to: '/apps', search: {} })
      client.setQueryData(session.queryKey, who)
      onDone()
      await client.resetQueries({ predicate: (query) => !['setup', 'session'].includes(String(query.queryKey[0])) })
    },
    onError: report,
  })

  if (list.isError) return <Failure error={list.error} retry={list.refetch} />
  const wanted = search.trim().toLowerCase()
  const shown = list.data?.list.filter(
    (corp) => corp.name.toLowerCase().includes(wanted) || corp.corpId.toLowerCase().includes(wanted),
  )
  return (
    <div className={css.corps}>
      <Input
        allowClear
        autoFocus
        aria-label={w.corpSearch}
        placeholder={w.corpSearch}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {!shown && <Skeleton active title={false} paragraph={{ rows: 3 }} />}
      {shown?.length === 0 && <p className={css.none}>{w.corpNone}</p>}
      <ul aria-label={w.corps}>
        {shown?.map((corp) => (
          <li key={corp.corpId}>
            <button
              type="button"
              disabled={change.isPending}
              aria-current={corp.corpId === here}
              onClick={() => (corp.corpId === here ? onDone() : change.mutate(corp.corpId))}
            >
              <span>
                {corp.name} {corp.sandbox && <Chip tone="plum">{w.sandbox}</Chip>}
                <code>{corp.corpId}</code>
              </span>
              <small>{w.corpPeople(count(corp.people, lang))}</small>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
