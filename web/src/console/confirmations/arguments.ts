/** Arguments as they are easiest to read. What was cut is no JSON any more, and is shown as it is. */
export function readable(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value, undefined, 2)
  } catch {
    return text
  }
}
