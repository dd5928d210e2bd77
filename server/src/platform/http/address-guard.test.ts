import { describe, expect, it } from 'vitest'
import { createAddressGuard } from './address-guard.ts'

const internalAddresses = [
  ['the local machine', '127.0.0.1', '127.255.255.254', '::1', '0.0.0.0', '::'],
  ['private networks', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1', 'fec0::1'],
  ['link-local, with the metadata services', '169.254.169.254', '169.254.0.1', 'fe80::1', 'fd00:ec2::254'],
  ['carrier-grade NAT', '100.64.0.1', '100.127.255.254'],
  ['multicast and broadcast', '224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1', 'ff0e::1'],
  ['reserved and documentation', '240.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '192.0.0.8'],
  ['IPv4 inside IPv6', '::ffff:10.0.0.1', '::ffff:7f00:1', '::127.0.0.1', '64:ff9b::a00:1', '64:ff9b:1::a00:1'],
  ['tunnels', '2002:7f00:1::', '2002:c0a8:101::1', '2001::1'],
  ['unassigned IPv6', '2001:db8::1', '100::1', '5f00::1', '4000::1'],
  ['not an address', 'localhost', '', '1.2.3', '10.0.0.1/8'],
]

describe('without allowed networks', () => {
  const guard = createAddressGuard([])

  it.each(internalAddresses)('%s cannot be reached', (_what, ...addresses) => {
    expect(addresses.filter((address) => guard.mayReach(address))).toEqual([])
  })

  it('the public internet can be reached', () => {
    const addresses = ['8.8.8.8', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1']
    expect(addresses.filter((address) => !guard.mayReach(address))).toEqual([])
  })
})

describe('an allowed network', () => {
  const guard = createAddressGuard(['10.1.0.0/16', '127.0.0.1', 'fd00::/8'])

  it('can be reached, in each spelling of its addresses, and its neighbours cannot', () => {
    expect(['10.1.2.3', '::ffff:10.1.2.3', '127.0.0.1', 'fd00::1'].filter((each) => !guard.mayReach(each))).toEqual([])
    expect(['10.2.0.1', '127.0.0.2', '169.254.169.254', '::1'].filter(guard.mayReach)).toEqual([])
  })

  it('never reaches a metadata service or a link-local address, however wide it is', () => {
    const allowAll = createAddressGuard(['0.0.0.0/0', '::/0', '169.254.169.254', 'fd00:ec2::254', 'fe80::/10'])
    const alwaysBlocked = ['169.254.169.254', '169.254.170.2', '::ffff:169.254.169.254', 'fe80::1', 'fd00:ec2::254']
    expect([...alwaysBlocked, '100.100.100.200', '168.63.129.16'].filter(allowAll.mayReach)).toEqual([])
    expect(allowAll.mayReach('127.0.0.1')).toBe(true)
  })

  it('is allowed explicitly, and the internet is not', () => {
    expect(guard.isExplicitlyAllowed('10.1.2.3')).toBe(true)
    expect(guard.isExplicitlyAllowed('8.8.8.8')).toBe(false)
  })
})
