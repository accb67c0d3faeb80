import { Button, Skeleton } from 'antd'
import { type ReactNode, useRef } from 'react'
import { Failure } from './failure'
import { count } from './format'
import { useListKeys } from './keys'
import { useNarrow } from './media'
import { usePreferences, useWords } from './preferences'
import css from './rows.module.css'
import { words } from './words'

export interface Column<T> {
  key: string
  title: string
  /** Numbers stand to the right, so that their places line up. */
  align?: 'right'
  width?: number | string
  cell: (row: T) => ReactNode
}

interface Props<T> {
  /** What the list is, for those who hear it. */
  label: string
  columns: Column<T>[]
  /** The same row on a phone. */
  card: (row: T) => ReactNode
  rowKey: (row: T) => string
  /** Undefined while the first answer is on its way. */
  rows: T[] | undefined
  error: unknown
  retry: () => void
  empty: ReactNode
  /** The answer shown is of an earlier question, and a newer one is on its way. */
  stale?: boolean
  total?: number
  more?: { busy: boolean; load: () => void }
}

/** A list in all its states: loading, failed, empty, some, and too many; a table, or cards where it is narrow. */
export function Rows<T>(props: Props<T>) {
  const { rows, error, retry, empty } = props
  const w = useWords(words)
  const narrow = useNarrow()
  const place = useRef<HTMLDivElement>(null)
  useListKeys(place)

  if (!rows && error) return <Failure error={error} retry={retry} />
  if (rows?.length === 0) return empty
  return (
    <div ref={place} className={props.stale ? css.stale : undefined} aria-busy={!rows || props.stale}>
      {!rows && <span className="unseen">{w.loading}</span>}
      {narrow ? <Cards {...props} /> : <Table {...props} />}
      {rows && <Foot {...props} rows={rows} />}
    </div>
  )
}

const placeholders = ['62%', '48%', '70%', '54%', '66%', '44%']

function Table<T>({ label, columns, rows, rowKey }: Props<T>) {
  return (
    <div className={css.scroll}>
      <table className={css.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={column.align && css.right} style={{ width: column.width }}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows
            ? rows.map((row) => (
                <tr key={rowKey(row)}>
                  {columns.map((column) => (
                    <td key={column.key} className={column.align && css.right}>
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              ))
            : placeholders.map((width) => (
                <tr key={width}>
                  {columns.map((column) => (
                    <td key={column.key}>
                      <Skeleton active title={{ width }} paragraph={false} />
                    </td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  )
}

function Cards<T>({ label, rows, rowKey, card }: Props<T>) {
  return (
    <ul className={css.cards} aria-label={label}>
      {rows
        ? rows.map((row) => <li key={rowKey(row)}>{card(row)}</li>)
        : placeholders.slice(0, 4).map((width) => (
            <li key={width}>
              <Skeleton active title={{ width }} paragraph={{ rows: 2 }} />
            </li>
          ))}
    </ul>
  )
}

function Foot<T>({ rows, total, more, error, retry }: Props<T> & { rows: T[] }) {
  const w = useWords(words)
  const { lang } = usePreferences()
  const n = count(rows.length, lang)
  return (
    <div className={css.foot}>
      {error ? <Failure error={error} retry={retry} /> : null}
      <span aria-live="polite">
        {more ? w.shown(n, total === undefined ? undefined : count(total, lang)) : w.allShown(n)}
      </span>
      {more && (
        <Button loading={more.busy} onClick={more.load}>
          {more.busy ? w.loadingMore : w.loadMore}
        </Button>
      )}
    </div>
  )
}
