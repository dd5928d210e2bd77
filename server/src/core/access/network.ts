import { isIPv6 } from 'node:net'

/**
 * What counts as one address when attempts are counted: an IPv4 address itself, and of an IPv6 address its first 64 bits,
 * since whoever has one address there has the other 2^64 of that network too.
 */
export function networkOf(ipAddress: string): string {
  if (!isIPv6(ipAddress)) return ipAddress
  const [head = '', tail = ''] = ipAddress.split('::')
  const groupsOf = (part: string) => part.split(':').filter((group) => group !== '')
  const left = groupsOf(head)
  const zeros = ipAddress.includes('::')
    ? Array.from({ length: 8 - left.length - groupsOf(tail).length }, () => '0')
    : []
  const groups = [...left, ...zeros, ...groupsOf(tail)].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
