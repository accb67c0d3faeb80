import { Link } from '@tanstack/react-router'
import { Button, Input } from 'antd'
import { useState } from 'react'
import type { NewWaiver, ProtectedPerson, RangeUser, Waiver } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { useNow } from '../../ui/clock'
import { Empty } from '../../ui/Empty'
import { exact, fieldOf, moment } from '../../ui/format'
import { SearchOutlined, TeamOutlined } from '../../ui/icons'
import css from '../../ui/list.module.css'
import { Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { SearchField } from '../../ui/SearchField'
import { Chip, Time } from '../../ui/text'
import { words as common } from '../../ui/words'
import { PersonSelect } from '../apps/PersonSelect'
import { AppSelect } from '../calls/AppSelect'
import own from './data.module.css'
import type { DataSearch } from './search'
import { words } from './words'

interface Acts {
  protect: (userId: string, name: string, reason: string) => Promise<void>
  unprotect: (person: ProtectedPerson) => Promise<void>
  waive: (waiver: NewWaiver) => Promise<void>
  endWaiver: (person: ProtectedPerson, waiver: Waiver) => Promise<void>
}

interface Props {
  search: DataSearch
  all: ProtectedPerson[] | undefined
  error: unknown
  onRetry: () => void
  onSearch: (change: Partial<DataSearch>) => void
  acts: Acts
}

type Question =
  | { kind: 'unprotect' | 'waive'; person: ProtectedPerson }
  | { kind: 'end'; person: ProtectedPerson; waiver: Waiver }

const part = 50
const nameOf = (person: ProtectedPerson) => person.name ?? person.userId

export function PeopleView({ search, all, error, onRetry, onSearch, acts }: Props) {
  const common_ = useWords(common)
  const w = useWords(words).people
  const title = useWords(words).tabs.people
  const [question, setQuestion] = useState<Question>()
  const [shown, setShown] = useState(part)
  const close = () => setQuestion(undefined)
  const wanted = search.q?.trim().toLowerCase()
  const rows = all?.filter(
    (one) => !wanted || `${one.name ?? ''}\n${one.userId}\n${one.reason}`.toLowerCase().includes(wanted),
  )
  const add = (
    <Button type="primary" onClick={() => onSearch({ protect: 'yes' })}>
      {w.add}
    </Button>
  )
  const who = (person: ProtectedPerson) => (
    <span className={css.subject}>
      <strong>{nameOf(person)}</strong>
      <code>{person.userId}</code>
      {person.reason && <small>{person.reason}</small>}
    </span>
  )
  const waivers = (person: ProtectedPerson) => (
    <Waivers person={person} onEnd={(waiver) => setQuestion({ kind: 'end', person, waiver })} />
  )
  const buttons = (person: ProtectedPerson) => (
    <span className={css.acts}>
      <Button size="small" type="text" data-row onClick={() => setQuestion({ kind: 'waive', person })}>
        {w.waive}
      </Button>
      <Button size="small" type="text" danger onClick={() => setQuestion({ kind: 'unprotect', person })}>
        {w.unprotect}
      </Button>
    </span>
  )
  const columns: Column<ProtectedPerson>[] = [
    { key: 'who', title: w.person, cell: who },
    { key: 'waivers', title: w.waivers, cell: waivers },
    { key: 'since', title: w.since, align: 'right', width: 128, cell: (person) => <Time at={person.at} /> },
    { key: 'act', title: common_.actions, align: 'right', width: 208, cell: buttons },
  ]

  return (
    <Panel
      flush
      title={title}
      about={w.about}
      actions={
        <>
          <Link to="/calls" search={{ q: 'masked.protected' }}>
            {w.log}
          </Link>
          {add}
        </>
      }
    >
      {(all?.length ?? 0) > 0 && (
        <div className={css.filters}>
          <SearchField
            main
            className={css.search}
            label={w.search}
            value={search.q ?? ''}
            onChange={(q) => onSearch({ q: q || undefined })}
          />
        </div>
      )}
      <Rows
        label={title}
        columns={columns}
        rowKey={(person) => person.userId}
        rows={rows?.slice(0, shown)}
        total={rows?.length}
        more={rows && rows.length > shown ? { busy: false, load: () => setShown(shown + part) } : undefined}
        error={error}
        retry={onRetry}
        empty={
          all?.length ? (
            <Empty
              icon={<SearchOutlined />}
              title={w.noneTitle}
              text={w.noneText}
              action={<Button onClick={() => onSearch({ q: undefined })}>{common_.clear}</Button>}
            />
          ) : (
            <Empty
              icon={<TeamOutlined />}
              title={w.emptyTitle}
              text={w.emptyText}
              action={add}
              cli={{ told: w.emptyCli, line: 'gatepost person protect lina --reason executive' }}
            />
          )
        }
        card={(person) => (
          <>
            <div className={css.cardHead}>
              {who(person)}
              <Time at={person.at} />
            </div>
            {waivers(person)}
            <div className={css.cardFoot}>{buttons(person)}</div>
          </>
        )}
      />
      {search.protect && (
        <Protect
          protectedIds={new Set(all?.map((one) => one.userId))}
          onProtect={acts.protect}
          onClose={() => onSearch({ protect: undefined })}
        />
      )}
      {question?.kind === 'waive' && <Waive person={question.person} onWaive={acts.waive} onClose={close} />}
      {question?.kind === 'unprotect' && (
        <Unprotect person={question.person} onAct={() => acts.unprotect(question.person)} onClose={close} />
      )}
      {question?.kind === 'end' && (
        <Ask
          danger
          title={w.endTitle(appOf(question.waiver, common_), nameOf(question.person))}
          act={w.end}
          stops={
            question.waiver.active ? w.endStops(appOf(question.waiver, common_), nameOf(question.person)) : undefined
          }
          onAct={() => acts.endWaiver(question.person, question.waiver)}
          onClose={close}
        />
      )}
    </Panel>
  )
}

function appOf(waiver: Waiver, c: typeof common.zh): string {
  return waiver.appName ?? c.goneApp(waiver.agentId)
}

function Waivers({ person, onEnd }: { person: ProtectedPerson; onEnd: (waiver: Waiver) => void }) {
  const w = useWords(words).people
  const c = useWords(common)
  const { lang } = usePreferences()
  if (person.waivers.length === 0) return <span className={css.quiet}>{w.noWaiver}</span>
  return (
    <ul className={own.waivers}>
      {person.waivers.map((waiver) => (
        <li key={waiver.agentId}>
          <span>{appOf(waiver, c)}</span>
          <Chip tone={waiver.active ? 'warn' : 'dull'}>
            {waiver.active ? w.untilAt(exact(waiver.until, lang)) : w.ended}
          </Chip>
          <Button
            size="small"
            type="text"
            aria-label={w.endTitle(appOf(waiver, c), nameOf(person))}
            onClick={() => onEnd(waiver)}
          >
            {w.end}
          </Button>
          {waiver.reason && <small>{waiver.reason}</small>}
        </li>
      ))}
    </ul>
  )
}

interface ProtectProps {
  protectedIds: ReadonlySet<string>
  onProtect: Acts['protect']
  onClose: () => void
}

function Protect({ protectedIds, onProtect, onClose }: ProtectProps) {
  const w = useWords(words).people
  const [people, setPeople] = useState<RangeUser[]>([])
  const [reason, setReason] = useState('')
  const person = people[0]
  return (
    <Ask
      danger
      title={w.protectTitle}
      act={w.protect}
      ready={person !== undefined && !protectedIds.has(person.userId)}
      stops={person && w.protectStops(person.name)}
      onAct={async () => {
        if (person) await onProtect(person.userId, person.name, reason.trim())
      }}
      onClose={onClose}
    >
      <div className={own.field}>
        <label htmlFor="protect-person">{w.person}</label>
        <PersonSelect id="protect-person" single placeholder={w.personMissing} value={people} onChange={setPeople} />
        {person && protectedIds.has(person.userId) && <span>{w.done(person.name)}</span>}
      </div>
      <div className={own.field}>
        <label htmlFor="protect-reason">{w.reason}</label>
        <Input id="protect-reason" maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />
      </div>
    </Ask>
  )
}

const day = 86_400_000

function Waive({ person, onWaive, onClose }: { person: ProtectedPerson; onWaive: Acts['waive']; onClose: () => void }) {
  const w = useWords(words).people
  const now = useNow()
  const [app, setApp] = useState<{ agentId: number; name: string }>()
  const [until, setUntil] = useState(() => fieldOf(now + 7 * day))
  const [reason, setReason] = useState('')
  const at = moment(until)
  const ready = app !== undefined && at !== undefined && at > now
  return (
    <Ask
      title={w.waiveTitle(nameOf(person))}
      act={w.waive}
      ready={ready}
      onAct={async () => {
        if (app && at) {
          await onWaive({ userId: person.userId, agentId: app.agentId, until: at, reason: reason.trim() || undefined })
        }
      }}
      onClose={onClose}
    >
      <div className={own.field}>
        <label htmlFor="waive-app">{w.app}</label>
        <AppSelect
          id="waive-app"
          value={app?.agentId}
          name={app?.name}
          label={w.app}
          placeholder={w.appMissing}
          onChange={(agentId, name) =>
            setApp(agentId === undefined ? undefined : { agentId, name: name ?? String(agentId) })
          }
        />
      </div>
      <div className={own.field}>
        <label htmlFor="waive-until">{w.until}</label>
        <Input
          id="waive-until"
          type="datetime-local"
          min={fieldOf(now)}
          status={at !== undefined && at > now ? undefined : 'error'}
          value={until}
          onChange={(event) => setUntil(event.target.value)}
        />
        <small className={css.quiet}>{at !== undefined && at > now ? w.untilAbout : w.untilMissing}</small>
      </div>
      <div className={own.field}>
        <label htmlFor="waive-reason">{w.reason}</label>
        <Input id="waive-reason" maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />
      </div>
    </Ask>
  )
}

function Unprotect({
  person,
  onAct,
  onClose,
}: {
  person: ProtectedPerson
  onAct: () => Promise<void>
  onClose: () => void
}) {
  const w = useWords(words).people
  const [typed, setTyped] = useState('')
  const name = nameOf(person)
  return (
    <Ask danger title={w.unprotectTitle(name)} act={w.unprotect} ready={typed === name} onAct={onAct} onClose={onClose}>
      <p>{w.unprotectAbout}</p>
      <label>
        {w.unprotectConfirm(name)}
        <Input autoFocus value={typed} spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
      </label>
    </Ask>
  )
}
