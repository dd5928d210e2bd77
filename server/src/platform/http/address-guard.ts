import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Which addresses a request may go out to. */
export type AddressGuard = Readonly<{
  /** Whether it may be connected to at all: on the public internet, or in a network that was allowed by name. */
  mayReach(address: string): boolean
  /** Whether it is in a network that was allowed by name. */
  isAllowedByName(address: string): boolean
}>

/** IPv6 that is handed out: 2000::/3. What is left of it that is not public is found by its range. */
const globalUnicast: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]

/**
 * Keeps requests that somebody else chose the target of out of the networks that only this machine can see: private,
 * loopback, link-local (with the metadata services of clouds), carrier-grade NAT, multicast, reserved, and whatever of
 * IPv6 carries one of them inside (mapped, NAT64, 6to4, Teredo).
 *
 * @param allowedNetworks - addresses or CIDR ranges that may be reached all the same, but for link-local addresses and
 *   metadata services
 */
export function createAddressGuard(allowedNetworks: readonly string[]): AddressGuard {
  const allowed = allowedNetworks.map((network) =>
    network.includes('/') ? ipaddr.parseCIDR(network) : wholeAddress(network),
  )
  const isAllowedByName = (address: string) => {
    const parsed = parse(address)
    if (parsed === null || isNeverReached(parsed)) return false
    // Two kinds of address are never in each other's networks, and comparing them is an error.
    return allowed.some((range) => range[0].kind() === parsed.kind() && parsed.match(range))
  }
  return { isAllowedByName, mayReach: (address) => isPublic(address) || isAllowedByName(address) }
}

/** The metadata services of clouds outside link-local: AWS by IPv6, Alibaba, Azure. They hand out keys to the machine itself. */
const metadataServices = new Set(['fd00:ec2::254', '100.100.100.200', '168.63.129.16'])

/** Refused also where an allowed network is so wide that it holds them. */
function isNeverReached(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.range() === 'linkLocal' || metadataServices.has(address.toString())
}

function isPublic(address: string): boolean {
  const parsed = parse(address)
  if (parsed === null || parsed.range() !== 'unicast' || isNeverReached(parsed)) return false
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast)
}

/** An IPv4 address inside an IPv6 one counts as what it is. The library alone would take shortened ones (10.1) too. */
function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return isIP(address) === 0 ? null : ipaddr.process(address)
}

function wholeAddress(address: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const parsed = ipaddr.process(address)
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128]
}
