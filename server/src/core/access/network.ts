import { isIPv6 } from 'node:net'

/**
 * The unit for counting attempts: an IPv4 address, or the /64 network of an IPv6 address, since a host with one address
 * there has all 2^64.
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
