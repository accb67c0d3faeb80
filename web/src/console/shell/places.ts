/** A page that the navigation leads to. Its name stands in words.ts under the same key. */
export type Place =
  | 'apps'
  | 'apis'
  | 'operations'
  | 'limits'
  | 'data'
  | 'calls'
  | 'disclosures'
  | 'confirmations'
  | 'settings'

/**
 * What the console is made of, by what one comes to do: build on the platform, decide what may pass, watch what passed,
 * run the company. A new area is a row here, its words, its icon and its routes; the keys 1 to 9 follow from the order.
 */
export const areas = [
  { key: 'build', places: ['apps', 'apis', 'operations'] },
  { key: 'govern', places: ['limits', 'data'] },
  { key: 'watch', places: ['calls', 'disclosures'] },
  { key: 'run', places: ['confirmations', 'settings'] },
] as const satisfies readonly { key: string; places: readonly Place[] }[]

export const places: readonly Place[] = areas.flatMap((area) => area.places)
