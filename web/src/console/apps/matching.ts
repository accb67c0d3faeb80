import type { Scope } from '../../api/types'

/** The permission points that answer to every word of a search, by code, by either title, or by an operation's. */
export function matching(scopes: Scope[], search: string): Scope[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return scopes
  return scopes.filter((scope) => {
    const told = [
      scope.scope,
      scope.title,
      scope.titleEn,
      ...scope.operations.flatMap((operation) => [operation.path, operation.title]),
    ]
      .join('\n')
      .toLowerCase()
    return wanted.every((word) => told.includes(word))
  })
}
