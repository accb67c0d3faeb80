import { Alert, Button, Checkbox, Form, Input, Segmented } from 'antd'
import { useState } from 'react'
import type { ApiOperation, ApiOperationChange, Grade } from '../../api/types'
import { Ask } from '../../ui/Ask'
import { useWords } from '../../ui/preferences'
import css from './apis.module.css'
import { parse, spell } from './masks'
import { words } from './words'

interface Props {
  operation: ApiOperation
  onSave: (change: ApiOperationChange) => Promise<unknown>
  onClose: () => void
}

/** What is decided about one operation beside its document. */
export function OperationForm({ operation, onSave, onClose }: Props) {
  const w = useWords(words)
  const [grade, setGrade] = useState(operation.grade)
  const [limitGroup, setLimitGroup] = useState(operation.limitGroup)
  const [text, setText] = useState(spell(operation.masks))
  const [hidden, setHidden] = useState(operation.hidden)
  const [deprecated, setDeprecated] = useState(operation.deprecated)
  const read = parse(text)
  return (
    <Ask
      title={operation.operation}
      act={w.change}
      ready={'masks' in read}
      onAct={() =>
        onSave({
          grade,
          limitGroup: limitGroup === operation.limitGroup ? undefined : limitGroup,
          masks: text !== spell(operation.masks) && 'masks' in read ? read.masks : undefined,
          hidden,
          deprecated,
        })
      }
      onClose={onClose}
    >
      <Form layout="vertical">
        <Form.Item label={w.grade} extra={w.suggested(operation.suggested, operation.because)}>
          <Segmented<Grade | 'none'>
            aria-label={w.grade}
            value={grade ?? 'none'}
            onChange={(value) => setGrade(value === 'none' ? undefined : value)}
            options={[
              ...(operation.grade ? [] : [{ value: 'none' as const, label: w.gradeNone }]),
              'R1',
              'R2',
              'W1',
              'W2',
            ]}
          />
        </Form.Item>
        <Form.Item label={w.limits}>
          <Input aria-label={w.limits} value={limitGroup} onChange={(event) => setLimitGroup(event.target.value)} />
        </Form.Item>
        <Form.Item label={w.masks} extra={w.masksAbout}>
          <Input.TextArea
            aria-label={w.masks}
            autoSize={{ minRows: 2, maxRows: 10 }}
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          {'wrong' in read && <Alert type="error" className={css.field} title={w.masksWrong(read.wrong)} />}
          {operation.suggestedMasks.length > 0 && (
            <Button size="small" className={css.field} onClick={() => setText(spell(operation.suggestedMasks))}>
              {w.takeSuggested}
            </Button>
          )}
        </Form.Item>
        <Checkbox checked={hidden} onChange={(event) => setHidden(event.target.checked)}>
          {w.hidden}
        </Checkbox>
        <Checkbox checked={deprecated} onChange={(event) => setDeprecated(event.target.checked)}>
          {w.deprecated}
        </Checkbox>
      </Form>
    </Ask>
  )
}
