export interface Compared {
  field: string
  before: string
  /** Undefined where the field is left out. */
  after: string | undefined
  changed: boolean
}

/** The leaves of an answer before and after masking, side by side in the answer's order. */
export function compare(before: string, after: string): Compared[] {
  const masked = new Map(leaves(parse(after)))
  return leaves(parse(before)).map(([field, value]) => {
    const now = masked.get(field)
    return { field, before: value, after: now, changed: now !== value }
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Every leaf with its path: result.dept_id_list[0]. */
function leaves(value: unknown, path = ''): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((one, at) => leaves(one, `${path}[${at}]`))
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, one]) => leaves(one, path ? `${path}.${key}` : key))
  }
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]]
}
