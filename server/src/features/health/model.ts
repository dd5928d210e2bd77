/** Something about how the server is set up that an operator should change. */
export type ServerWarningCode = 'proxy_not_trusted'

export type ServerWarning = Readonly<{ code: ServerWarningCode; message: string }>

const messages: Readonly<Record<ServerWarningCode, string>> = {
  proxy_not_trusted:
    'Requests come through a proxy, and TRUSTED_PROXIES is not set. Everybody has the same address here: limits and the audit log can not tell people apart. Set TRUSTED_PROXIES to the address of the proxy and start the server again.',
}

/** What is wrong with the setup, as far as this node has seen. */
export function serverWarningsOf({ seesOneAddress }: Readonly<{ seesOneAddress: boolean }>): ServerWarning[] {
  const codes: ServerWarningCode[] = seesOneAddress ? ['proxy_not_trusted'] : []
  return codes.map((code) => ({ code, message: messages[code] }))
}
