import type { Scheme } from '../../api/types'

/** Every way to prove who calls, the usual ones first and those that prove least last. */
export const schemes: readonly Scheme[] = [
  'token',
  'gp-hmac-sha256',
  'top-hmac-sha256',
  'gov-hmac',
  'isv',
  'sns',
  'top-hmac-md5',
  'top-md5',
  'gov-md5',
]

/** MD5 is no longer safe against forgery; it is there for clients that can do nothing else. */
export function isOld(scheme: Scheme): boolean {
  return scheme.endsWith('md5')
}
