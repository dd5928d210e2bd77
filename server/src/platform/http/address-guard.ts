import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Which addresses a request may be sent to. */
export type AddressGuard = Readonly<{
  /** Whether connections are allowed: the address is on the public internet or in an explicitly allowed network. */
  mayReach(address: string): boolean
  /** Whether the address is in an explicitly allowed network. */
  isExplicitlyAllowed(address: string): boolean
}>

/** Allocated IPv6: 2000::/3. Non-public parts of it are excluded by range. */
const globalUnicast: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]

/**
 * Blocks requests to user-supplied targets from internal networks: private, loopback, link-local (including cloud
 * metadata services), carrier-grade NAT, multicast, reserved, and every IPv6 form that embeds one of them (mapped,
 * NAT64, 6to4, Teredo).
 *
 * @param allowedNetworks - addresses or CIDR ranges that may be reached anyway, except link-local addresses and
 * metadata services
 */
export function createAddressGuard(allowedNetworks: readonly string[]): AddressGuard {
  const allowed = allowedNetworks.map((network) =>
    network.includes('/') ? ipaddr.parseCIDR(network) : wholeAddress(network),
  )
  const isExplicitlyAllowed = (address: string) => {
    const parsed = parse(address)
    if (parsed === null || isAlwaysBlocked(parsed)) return false
    // IPv4 and IPv6 can't be compared; the library throws.
    return allowed.some((range) => range[0].kind() === parsed.kind() && parsed.match(range))
  }
  return { isExplicitlyAllowed, mayReach: (address) => isPublic(address) || isExplicitlyAllowed(address) }
}

/**
 * Cloud metadata services outside link-local: AWS over IPv6, Alibaba, Azure. They hand out the machine's credentials.
 */
const metadataServices = new Set(['fd00:ec2::254', '100.100.100.200', '168.63.129.16'])

/** Refused even if an allowed network is wide enough to contain it. */
function isAlwaysBlocked(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.range() === 'linkLocal' || metadataServices.has(address.toString())
}

function isPublic(address: string): boolean {
  const parsed = parse(address)
  if (parsed === null || parsed.range() !== 'unicast' || isAlwaysBlocked(parsed)) return false
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast)
}

/** An IPv4 address embedded in IPv6 counts as IPv4. The library alone would accept shortened ones (10.1) too. */
function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return isIP(address) === 0 ? null : ipaddr.process(address)
}

function wholeAddress(address: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const parsed = ipaddr.process(address)
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128]
}
