import {
  becomeViewer,
  builder,
  type Context,
  cookieSetterOf,
  listField,
  personOf,
  viewerOf,
} from '../../../graphql/schema/builder.ts'
import { revokeSession } from './revoke-session.ts'
import { sessionList } from './sessions.reads.ts'
import { signOutElsewhere } from './sign-out-elsewhere.ts'

const Session = builder.prismaObject('Session', {
  description: 'One of your sessions: a browser or a program that is signed in.',
  select: { id: true, userId: true },
  authScopes: ({ userId }) => ({ user: userId }),
  needs: 'session',
  fields: (t) => ({
    id: t.exposeID('id', { description: "The session's ID. It gives no access." }),
    isCurrent: t.boolean({
      description: 'Whether this is the current session.',
      resolve: ({ id }, _args, context) => id === personOf(context).sessionId,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the session started.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the session was last used, to within ten minutes. Null if unknown.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: "When the session expires if it isn't used before then.",
    }),
    ipAddress: t.exposeString('ipAddress', { nullable: true, description: 'The IP address the session started from.' }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: 'The user agent the session started with.' }),
  }),
})

const SessionConnection = builder.connectionObject(
  { type: Session, name: 'SessionConnection', description: 'A connection of sessions.' },
  { name: 'SessionEdge', description: 'An edge in a connection of sessions.' },
)

builder.queryField('mySessions', (t) =>
  t.connection(
    {
      type: Session,
      description: 'Your sessions that have not ended, newest first.',
      authScopes: { signedIn: true },
      needs: 'session',
      ...listField('Session', listed, {
        isPlanned: false,
      }),
    },
    SessionConnection,
  ),
)

function listed(_args: object, context: Context) {
  return sessionList(viewerOf(context), context.deps.clock.now())
}

const RevokeSessionInput = builder.inputType('RevokeSessionInput', {
  description: 'The session to end.',
  fields: (t) => ({ id: t.id({ required: true, description: "The session's ID." }) }),
})

const RevokeSessionPayload = builder.objectRef<{ ok: boolean }>('RevokeSessionPayload').implement({
  description: 'The result of ending a session.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'Always true: the session has ended on every node.' }),
  }),
})

const SignOutElsewherePayload = builder.objectRef<{ ended: number }>('SignOutElsewherePayload').implement({
  description: 'The result of ending all other sessions.',
  fields: (t) => ({ ended: t.exposeInt('ended', { description: 'The number of sessions that have ended.' }) }),
})

builder.mutationFields((t) => ({
  revokeSession: t.field({
    type: RevokeSessionPayload,
    description:
      'Ends one of your sessions within a second, with its open sockets. Errors: `NOT_FOUND` if there is no session with this ID.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: RevokeSessionInput, required: true, description: 'The session to end.' }) },
    resolve: async (_parent, { input }, context) => {
      const viewer = personOf(context)
      const isCurrent = input.id === viewer.sessionId
      const setCookie = isCurrent ? cookieSetterOf(context) : null
      await revokeSession(context.deps, viewer, context.origin, input.id)
      setCookie?.(context.deps.sessions.expiredCookie())
      if (isCurrent) becomeViewer(context, null)
      return { ok: true }
    },
  }),
  signOutElsewhere: t.field({
    type: SignOutElsewherePayload,
    description: 'Ends all of your sessions except the current one, within a second.',
    authScopes: { signedIn: true },
    needs: 'session',
    resolve: async (_parent, _args, context) => ({
      ended: await signOutElsewhere(context.deps, personOf(context), context.origin),
    }),
  }),
}))
