import { Link } from '@tanstack/react-router'
import { Alert, Skeleton } from 'antd'
import type { OperationDetails, OperationField, SwitchChange } from '../../api/types'
import { Failure } from '../../ui/failure'
import { ArrowLeftOutlined, ExportOutlined } from '../../ui/icons'
import css from '../../ui/list.module.css'
import { Facts, Page, Panel } from '../../ui/Page'
import { usePreferences, useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { Chip, Grade, Id } from '../../ui/text'
import app from '../apps/apps.module.css'
import { State } from './OperationsView'
import own from './operations.module.css'
import { Switch } from './Switch'
import { words } from './words'

interface Props {
  name: string
  found: OperationDetails | undefined
  error: unknown
  operator: boolean
  onRetry: () => void
  onSwitch: (change: SwitchChange) => Promise<void>
}

export function OperationView({ name, found, error, operator, onRetry, onSwitch }: Props) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const back = (
    <Link to="/operations" className={app.back}>
      <ArrowLeftOutlined /> {w.back}
    </Link>
  )
  if (!found) {
    return (
      <Page title={w.title} above={back}>
        <Panel>{error ? <Failure error={error} retry={onRetry} /> : <Skeleton active paragraph={{ rows: 6 }} />}</Panel>
      </Page>
    )
  }
  const { item } = found
  const path = item.operation.split(' ').at(-1) ?? item.operation
  return (
    <Page
      title={(lang === 'zh' ? item.title : item.titleEn) || name}
      above={back}
      mark={
        <>
          {item.grade && <Grade grade={item.grade} />}
          <State one={item} />
        </>
      }
      about={<Id text={item.operation} what={w.operation} />}
    >
      {!item.offered && <Alert type="info" showIcon title={w.detail.known} />}
      <Panel>
        <div className={css.stack}>
          {found.doc && (
            <p className={own.doc} lang="en">
              {found.doc}
            </p>
          )}
          <Facts
            rows={[
              [
                w.dialect,
                <Chip key="dialect" tone="dull">
                  {item.dialect}
                </Chip>,
              ],
              [w.detail.caller, w.detail.callers[found.caller]],
              [
                w.scope,
                item.scope ? (
                  <Link key="scope" to="/operations" search={{ scope: item.scope }}>
                    <code>{item.scope}</code>
                  </Link>
                ) : (
                  <span key="scope" className={css.quiet}>
                    {w.detail.noScope}
                  </span>
                ),
              ],
              ...(item.group
                ? [[w.detail.group, <code key="group">{item.group}</code>] as [string, React.ReactNode]]
                : []),
            ]}
          />
          {item.offered && (
            <p className={own.links}>
              {found.docs && (
                <a href={found.docs} target="_blank" rel="noreferrer" className={own.docs}>
                  {w.detail.docs} <ExportOutlined />
                </a>
              )}
              <Link to="/calls" search={{ path: path.split('{')[0] }}>
                {w.detail.log}
              </Link>
              <Link to="/limits" search={{ q: path }}>
                {w.detail.limits}
              </Link>
            </p>
          )}
        </div>
      </Panel>
      {item.offered && <Switch key={item.operation} item={item} operator={operator} onSwitch={onSwitch} />}
      {item.offered && (
        <>
          <Fields title={w.detail.request} fields={found.request} request />
          <Fields title={w.detail.answer} fields={found.answer} />
        </>
      )}
    </Page>
  )
}

function Fields({ title, fields, request }: { title: string; fields: OperationField[]; request?: boolean }) {
  const w = useWords(words).detail
  const grade = useWords(words).grade
  const field = (one: OperationField) => <code className={own.field}>{one.field}</code>
  const type = (one: OperationField) => w.types[one.type] ?? one.type
  const doc = (one: OperationField) => (
    <span className={css.subject}>
      {one.doc}
      {one.enum && <small>{one.enum.join(' · ')}</small>}
    </span>
  )
  const required = (one: OperationField) => one.required && <Chip tone="warn">{w.required}</Chip>
  const graded = (one: OperationField) => one.grade && <Grade grade={one.grade} />
  const mask = (one: OperationField) => one.mask && <Chip tone="plum">{w.masks[one.mask] ?? one.mask}</Chip>
  const needs = (one: OperationField) => one.needs && <code className={own.field}>{one.needs}</code>
  const columns: Column<OperationField>[] = request
    ? [
        { key: 'field', title: w.field, width: '28%', cell: field },
        { key: 'type', title: w.type, width: 112, cell: type },
        { key: 'required', title: w.required, width: 96, cell: required },
        { key: 'doc', title: w.meaning, cell: doc },
      ]
    : [
        { key: 'field', title: w.field, width: '28%', cell: field },
        { key: 'type', title: w.type, width: 112, cell: type },
        { key: 'grade', title: grade, width: 80, cell: graded },
        { key: 'mask', title: w.mask, width: 112, cell: mask },
        { key: 'needs', title: w.needs, width: 160, cell: needs },
        { key: 'doc', title: w.meaning, cell: doc },
      ]
  return (
    <Panel flush title={title}>
      <Rows
        label={title}
        columns={columns}
        rowKey={(one) => one.field}
        rows={fields}
        error={null}
        retry={() => {}}
        empty={<p className={own.none}>{w.noFields}</p>}
        card={(one) => (
          <>
            <div className={css.cardHead}>
              {field(one)}
              <span className={css.line}>
                {type(one)} {request ? required(one) : graded(one)}
              </span>
            </div>
            {doc(one)}
            {(one.mask || one.needs) && (
              <div className={css.cardFoot}>
                {mask(one)}
                {needs(one)}
              </div>
            )}
          </>
        )}
      />
    </Panel>
  )
}
