/** A problem in the server's setup that the operator should fix. */
type ServerWarningCode = 'proxy_not_trusted' | 'clock_skewed'

export type ServerWarning = Readonly<{ code: ServerWarningCode; message: string }>

const messages: Readonly<Record<ServerWarningCode, string>> = {
  proxy_not_trusted:
    'Requests come through a proxy, but TRUSTED_PROXIES is not set. All users have the same address, so rate limits and the audit log can’t tell them apart. Set TRUSTED_PROXIES to the address of the proxy and restart the server.',
  clock_skewed:
    'The clock of the machine that runs this node differs from the database’s by more than 2 seconds. ChurchHub uses the database’s time, but the node’s log has wrong times. Synchronize the clock, for example with NTP.',
}

/** The problems that this node has detected. */
export function serverWarningsOf({
  seesOneAddress,
  isClockSkewed,
}: Readonly<{ seesOneAddress: boolean; isClockSkewed: boolean }>): ServerWarning[] {
  const codes: ServerWarningCode[] = []
  if (seesOneAddress) codes.push('proxy_not_trusted')
  if (isClockSkewed) codes.push('clock_skewed')
  return codes.map((code) => ({ code, message: messages[code] }))
}
