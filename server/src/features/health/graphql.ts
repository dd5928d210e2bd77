import { builder } from '../../graphql/schema/builder.ts'
import { maxSkewMs } from '../../platform/database/database-clock.ts'
import { type ServerWarning, serverWarningsOf } from './model.ts'

const ServerWarningCode = builder.enumType('ServerWarningCode', {
  description: 'The kind of a configuration problem of the server.',
  values: {
    PROXY_NOT_TRUSTED: {
      value: 'proxy_not_trusted',
      description: 'Requests come through a proxy that `TRUSTED_PROXIES` does not name.',
    },
    CLOCK_SKEWED: {
      value: 'clock_skewed',
      description: "The clock of the node's machine differs from the database's by more than 2 seconds.",
    },
  } as const,
})

const ServerWarningRef = builder.objectRef<ServerWarning>('ServerWarning').implement({
  description: 'A configuration problem of the server, as detected by the node that answers. Admins only.',
  authScopes: { admin: true },
  needs: 'settings:read',
  fields: (t) => ({
    code: t.expose('code', { type: ServerWarningCode, description: 'The kind of problem.' }),
    message: t.exposeString('message', { description: 'The problem, and how to fix it.' }),
  }),
})

builder.queryField('serverWarnings', (t) =>
  t.field({
    type: [ServerWarningRef],
    description: 'The configuration problems of the server. Empty if there are none. Admins only.',
    authScopes: { admin: true },
    needs: 'settings:read',
    resolve: (_parent, _args, { deps }) =>
      serverWarningsOf({
        seesOneAddress: deps.proxyWatch.hidesClientAddresses(),
        isClockSkewed: Math.abs(deps.clock.skewMs?.() ?? 0) > maxSkewMs,
      }),
  }),
)
