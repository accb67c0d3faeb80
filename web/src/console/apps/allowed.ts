/** An IPv4 or IPv6 address, a range of them as 10.0.8.0/24, or an IPv4 address in which one number is open: 10.0.8.* */
export function validIp(text: string): boolean {
  const [address = '', bits, more] = text.split('/')
  if (bits === undefined) return validAddress(text)
  const most = address.includes(':') ? 128 : 32
  return more === undefined && !text.includes('*') && validAddress(address) && validBits(bits, most)
}

function validBits(text: string, most: number): boolean {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= most
}

function validAddress(text: string): boolean {
  const stars = text.split('*').length - 1
  if (stars > 1) return false
  const parts = text.split('.')
  if (parts.length === 4)
    return parts.every((part) => part === '*' || (/^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
  return stars === 0 && validIp6(text)
}

function validIp6(text: string): boolean {
  const halves = text.split('::')
  if (!text.includes(':') || halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const sound = groups.every((group) => /^[\da-f]{1,4}$/i.test(group))
  return sound && (halves.length === 2 ? groups.length < 8 : groups.length === 8)
}

/** A full web address to lead back to. A fragment never reaches a server, so it could not be matched. */
export function validRedirect(text: string): boolean {
  if (!URL.canParse(text) || text.includes('#')) return false
  const { protocol } = new URL(text)
  return protocol === 'https:' || protocol === 'http:'
}
