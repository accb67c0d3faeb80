import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { appChoices } from '../../api/apps'
import { maskPreview } from '../../api/masks'
import type { MaskChange, PreviewQuery, RangeUser } from '../../api/types'
import { PreviewView } from './PreviewView'

interface Props {
  /** The rule as it stands in the form; none while it is not one yet. */
  rule: MaskChange | undefined
  /** Whom the rule is for, who is then also whom it is shown for. */
  app: { agentId: number; name: string } | undefined
}

/** What the rule would do to a real row, asked again when typing rests. */
export function Preview({ rule, app }: Props) {
  const [chosen, setChosen] = useState<{ agentId: number; name: string }>()
  const [person, setPerson] = useState<RangeUser[]>([])
  const [request, setRequest] = useState('')
  const first = useQuery(appChoices(''))
  const usual = first.data?.list.find((one) => one.state === 'enabled')
  const as = app ?? chosen ?? (usual && { agentId: usual.agentId, name: usual.name })

  const wanted: PreviewQuery | undefined = rule &&
    as && {
      // A disabled rule is shown as it will be once it is enabled.
      rule: { ...rule, enabled: true },
      agentId: as.agentId,
      operation: rule.operation,
      userId: request ? undefined : person[0]?.userId,
      request: request || undefined,
    }
  const text = JSON.stringify(wanted)
  const [asked, setAsked] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), 400)
    return () => clearTimeout(timer)
  }, [text])
  const query: PreviewQuery | undefined = asked ? JSON.parse(asked) : undefined
  const found = useQuery({ ...maskPreview(query ?? { agentId: 0 }), enabled: query !== undefined })

  return (
    <PreviewView
      ready={wanted !== undefined}
      noApp={first.data?.list.length === 0}
      as={as}
      fixed={app !== undefined}
      person={person}
      operation={rule?.operation}
      request={request}
      ruleId={rule?.id}
      result={query && found.data}
      error={query && found.error}
      busy={found.isFetching || text !== asked}
      onApp={setChosen}
      onPerson={setPerson}
      onRequest={setRequest}
    />
  )
}
