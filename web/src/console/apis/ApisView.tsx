import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import type { ApiGroup } from '../../api/types'
import { Empty } from '../../ui/Empty'
import { AppstoreAddOutlined, PlusOutlined } from '../../ui/icons'
import { Page, Panel } from '../../ui/Page'
import { useWords } from '../../ui/preferences'
import { type Column, Rows } from '../../ui/Rows'
import { Chip } from '../../ui/text'
import css from './apis.module.css'
import { words } from './words'

interface Props {
  groups: ApiGroup[] | undefined
  error: unknown
  onRetry: () => void
  onImport: () => void
}

interface Row {
  group: ApiGroup
  version: ApiGroup['versions'][number]
}

export function ApisView({ groups, error, onRetry, onImport }: Props) {
  const w = useWords(words)
  const columns: Column<Row>[] = [
    { key: 'group', title: w.group, cell: (row) => <Name {...row} /> },
    { key: 'live', title: w.live, width: 160, cell: (row) => <Live {...row} /> },
    { key: 'audience', title: w.shownTo, width: 140, cell: ({ group }) => w.audiences[group.audience] },
    {
      key: 'upstream',
      title: w.upstream,
      width: 300,
      cell: ({ group }) => <code className={css.wrap}>{group.addresses.join(' ') || '—'}</code>,
    },
  ]
  const act = (
    <Button type="primary" icon={<PlusOutlined />} onClick={onImport}>
      {w.import}
    </Button>
  )
  return (
    <Page title={w.title} about={w.about} actions={act}>
      <Panel flush>
        <Rows
          label={w.title}
          columns={columns}
          rowKey={(row) => `${row.group.group} ${row.version.version}`}
          rows={groups?.flatMap((group) => group.versions.map((version) => ({ group, version })))}
          error={error}
          retry={onRetry}
          empty={
            <Empty
              icon={<AppstoreAddOutlined />}
              title={w.emptyTitle}
              text={w.emptyText}
              action={act}
              cli={{
                told: w.emptyCli,
                line: 'gatepost api import hr.yaml --upstream http://127.0.0.1:9000 --group hr',
              }}
            />
          }
          card={(row) => (
            <>
              <Name {...row} />
              <Live {...row} />
            </>
          )}
        />
      </Panel>
    </Page>
  )
}

function Name({ group, version }: Row) {
  const w = useWords(words)
  return (
    <span className={css.name}>
      <Link to="/apis/$group/$version" params={{ group: group.group, version: version.version }} data-row>
        {group.title || group.group}
      </Link>
      <code>
        {group.group} {version.version}
      </code>
      {group.platform && <Chip tone="plum">{w.platform}</Chip>}
    </span>
  )
}

function Live({ group, version }: Row) {
  const w = useWords(words)
  const broken = version.broken ?? group.broken
  if (broken)
    return (
      <Chip tone="bad" title={broken} dot>
        {w.broken}
      </Chip>
    )
  return version.live > 0 ? (
    <Chip tone="good" dot>
      {w.number(version.live)}
    </Chip>
  ) : (
    <Chip tone="dull">{w.notLive}</Chip>
  )
}
