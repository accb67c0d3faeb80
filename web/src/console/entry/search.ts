import { text } from '../../search'

export interface SignInSearch {
  return?: string
}

/** Only a path of our own is returned to: an address that leads to another host would make us a stepping stone. */
export function parseSignInSearch(search: Record<string, unknown>): SignInSearch {
  const back = text(search.return)
  return { return: back && /^\/(?![/\\])/.test(back) ? back : undefined }
}
