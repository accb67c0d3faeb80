import type { ApiMask, ApiMaskGiven } from '../../api/types'

/** Masks as lines that can be typed: $.list[*].mobile = phone, with " below R2" where R2 sees the value. */
export function spell(masks: readonly ApiMask[]): string {
  return masks.map((mask) => `${mask.path} = ${mask.kind}${mask.below ? ` below ${mask.below}` : ''}`).join('\n')
}

/** What the lines say; the first line that says nothing else. The platform checks paths and kinds. */
export function parse(text: string): { masks: ApiMaskGiven[] } | { wrong: string } {
  const masks: ApiMaskGiven[] = []
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (!line) continue
    const found = /^(\$.*\S)\s*=\s*(\w+)(\s+below\s+R2)?$/.exec(line)
    if (!found?.[1] || !found[2]) return { wrong: line }
    masks.push({
      path: found[1],
      kind: found[2] as ApiMaskGiven['kind'],
      ...(found[3] ? { below: 'R2' as const } : {}),
    })
  }
  return { masks }
}
