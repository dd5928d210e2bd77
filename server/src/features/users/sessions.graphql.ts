import { becomeViewer, builder, checkPage, cookieSetterOf, personOf, viewerOf } from '../../graphql/builder.ts'
import { revokeSession } from './revoke-session.ts'
import { countSessions, listSessions, ownSessions } from './sessions.reads.ts'
import { signOutElsewhere } from './sign-out-elsewhere.ts'

const Session = builder.prismaObject('Session', {
  description: "One of one's own sessions: a browser or a program that is signed in.",
  select: { id: true, userId: true },
  authScopes: ({ userId }) => ({ user: userId }),
  needs: 'session',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id, which opens nothing.' }),
    isCurrent: t.boolean({
      description: 'Whether it is the one that asks.',
      resolve: ({ id }, _args, context) => id === personOf(context).sessionId,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it began.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to ten minutes. Null when that is not known.',
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends unless it is used before.' }),
    ipAddress: t.exposeString('ipAddress', { nullable: true, description: 'The address that it began from.' }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: 'The program that it began in.' }),
  }),
})

const SessionConnection = builder.connectionObject(
  { type: Session, name: 'SessionConnection', description: 'A page of sessions.' },
  { name: 'SessionEdge', description: 'One of sessions, with its cursor.' },
)

builder.queryField('mySessions', (t) =>
  t.prismaConnection(
    {
      type: Session,
      cursor: 'id',
      description: "One's own sessions that have not ended, newest first.",
      authScopes: { signedIn: true },
      needs: 'session',
      totalCount: (_parent, _args, context) =>
        countSessions(context.deps.database, ownSessions(viewerOf(context), context.deps.clock.now())),
      resolve: (query, _parent, args, context) => {
        checkPage(args)
        return listSessions(context.deps.database, ownSessions(viewerOf(context), context.deps.clock.now()), query)
      },
    },
    SessionConnection,
  ),
)

const RevokeSessionInput = builder.inputType('RevokeSessionInput', {
  description: 'Which session to end.',
  fields: (t) => ({ id: t.id({ required: true, description: "The session's id." }) }),
})

const RevokeSessionPayload = builder.objectRef<{ ok: boolean }>('RevokeSessionPayload').implement({
  description: 'The end of a session.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'True: the session has ended, here and on every other node.' }),
  }),
})

const SignOutElsewherePayload = builder.objectRef<{ ended: number }>('SignOutElsewherePayload').implement({
  description: 'The end of all other sessions.',
  fields: (t) => ({ ended: t.exposeInt('ended', { description: 'How many sessions have ended.' }) }),
})

builder.mutationFields((t) => ({
  revokeSession: t.field({
    type: RevokeSessionPayload,
    description:
      "Ends one of one's own sessions within a second, its open sockets with it. Error NOT_FOUND when there is none by this id.",
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: RevokeSessionInput, required: true, description: 'Which one.' }) },
    resolve: async (_parent, { input }, context) => {
      const viewer = personOf(context)
      const isCurrent = input.id === viewer.sessionId
      const setCookie = isCurrent ? cookieSetterOf(context) : null
      await revokeSession(context.deps, viewer, context.origin, input.id)
      setCookie?.(context.deps.sessions.blankCookie())
      if (isCurrent) becomeViewer(context, null)
      return { ok: true }
    },
  }),
  signOutElsewhere: t.field({
    type: SignOutElsewherePayload,
    description: "Ends all of one's sessions but the one in use, within a second.",
    authScopes: { signedIn: true },
    needs: 'session',
    resolve: async (_parent, _args, context) => ({
      ended: await signOutElsewhere(context.deps, personOf(context), context.origin),
    }),
  }),
}))
