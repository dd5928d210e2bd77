/** A problem in the server's setup that the operator should fix. */
type ServerWarningCode = 'proxy_not_trusted'

export type ServerWarning = Readonly<{ code: ServerWarningCode; message: string }>

const messages: Readonly<Record<ServerWarningCode, string>> = {
  proxy_not_trusted:
    'Requests come through a proxy, but TRUSTED_PROXIES is not set. All users have the same address, so rate limits and the audit log can’t tell them apart. Set TRUSTED_PROXIES to the address of the proxy and restart the server.',
}

/** The problems that this node has detected. */
export function serverWarningsOf({ seesOneAddress }: Readonly<{ seesOneAddress: boolean }>): ServerWarning[] {
  const codes: ServerWarningCode[] = seesOneAddress ? ['proxy_not_trusted'] : []
  return codes.map((code) => ({ code, message: messages[code] }))
}
