import { Form, Input, Segmented } from 'antd'
import { useState } from 'react'
import type { ApiGroup, ApiHealth } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { useWords } from '../../ui/preferences'
import { lines } from './lines'
import { words } from './words'

type Kind = ApiGroup['audience']

interface Props {
  group: ApiGroup
  health: ApiHealth | undefined
  onSave: (
    upstream: { addresses: string[]; healthPath: string },
    audience: { audience: Kind; corps?: string[]; apps?: string[] },
  ) => Promise<unknown>
  onClose: () => void
}

/** Where calls are carried to, and to whom the group is shown. Both hold at once. */
export function UpstreamForm({ group, health, onSave, onClose }: Props) {
  const w = useWords(words)
  const [addresses, setAddresses] = useState(group.addresses.join('\n'))
  const [path, setPath] = useState(health?.healthPath ?? '')
  const [kind, setKind] = useState<Kind>(group.audience)
  const [listed, setListed] = useState((group.audience === 'corps' ? group.corps : group.apps).join('\n'))
  const kinds: Kind[] = group.platform ? ['all', 'corps', 'apps'] : ['all', 'apps']
  return (
    <Ask
      title={w.upstream}
      act={w.change}
      onAct={() =>
        onSave(
          { addresses: lines(addresses), healthPath: path.trim() },
          {
            audience: kind,
            corps: kind === 'corps' ? lines(listed) : undefined,
            apps: kind === 'apps' ? lines(listed) : undefined,
          },
        )
      }
      onClose={onClose}
    >
      <Form layout="vertical">
        <Form.Item label={w.addresses} extra={w.form.upstreamAbout}>
          <Input.TextArea
            aria-label={w.addresses}
            autoSize={{ minRows: 2, maxRows: 8 }}
            value={addresses}
            onChange={(event) => setAddresses(event.target.value)}
          />
        </Form.Item>
        <Form.Item label={w.healthPath}>
          <Input aria-label={w.healthPath} value={path} onChange={(event) => setPath(event.target.value)} />
        </Form.Item>
        <Form.Item label={w.shownTo}>
          <Segmented<Kind>
            aria-label={w.shownTo}
            value={kind}
            onChange={setKind}
            options={kinds.map((value) => ({ value, label: w.audiences[value] }))}
          />
        </Form.Item>
        {kind !== 'all' && (
          <Form.Item label={w[kind]}>
            <Input.TextArea
              aria-label={w[kind]}
              autoSize={{ minRows: 2, maxRows: 8 }}
              value={listed}
              onChange={(event) => setListed(event.target.value)}
            />
          </Form.Item>
        )}
      </Form>
    </Ask>
  )
}
