/** A page that the navigation leads to. Its name stands in words.ts under the same key. */
export type Place =
  | 'apps'
  | 'apis'
  | 'operations'
  | 'limits'
  | 'data'
  | 'calls'
  | 'events'
  | 'disclosures'
  | 'confirmations'
  | 'settings'

/**
 * What the console is made of, by what one comes to do: build on the platform, decide what may pass, watch what passed,
 * run the company. A new area is a row here, its words, its icon and its routes; the keys 1 to 9 and then 0 follow from the order.
 */
export const areas = [
  { key: 'build', places: ['apps', 'apis', 'operations'] },
  { key: 'govern', places: ['limits', 'data'] },
  { key: 'watch', places: ['calls', 'events', 'disclosures'] },
  { key: 'run', places: ['confirmations', 'settings'] },
] as const satisfies readonly { key: string; places: readonly Place[] }[]

export const places: readonly Place[] = areas.flatMap((area) => area.places)

/** The key that leads to the place at an index of places: the tenth has 0, and what comes after it has none. */
export function keyOf(at: number): string | undefined {
  return at < 10 ? String((at + 1) % 10) : undefined
}
