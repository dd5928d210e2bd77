import { scopesOfRole } from '../../core/access/role-scopes.ts'
import { allScopes, type Scope, scopes } from '../../core/access/scopes.ts'
import { builder, type Context, checkCursors, checkPage, once, personOf, viewerOf } from '../../graphql/builder.ts'
import { NotFoundError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'
import { User } from '../users/graphql.ts'
import { confirmApiToken } from './confirm-api-token.ts'
import { createApiToken } from './create-api-token.ts'
import { maySeeToken } from './policy.ts'
import {
  countTokens,
  currentEpoch,
  isVisibleToken,
  listTokens,
  tokenOf,
  tokensMatching,
  visibleToken,
} from './reads.ts'
import { revokeApiToken } from './revoke-api-token.ts'

const ApiToken = builder.prismaNode('ApiToken', {
  description:
    'A token by which a script asks in the name of somebody. The token itself is shown once, when it is made.',
  select: { id: true, userId: true },
  id: { field: 'id', description: 'The global id.' },
  findUnique: (id, context) => visibleToken(viewerOf(context), id),
  nullable: true,
  authScopes: (token, context) => maySeeToken(viewerOf(context), token),
  needs: 'session',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is for.' }),
    prefix: t.exposeString('prefix', { description: 'How it begins, so that one knows which it is.' }),
    scopes: t.exposeStringList('scopes', { description: 'What it may do. `apiTokenScopes` says what each means.' }),
    owner: t.relation('user', { description: 'In whose name it asks.' }),
    isActive: t.boolean({
      description:
        'Whether the token works: not revoked, not expired, not waiting for confirmation, and its owner not deactivated.',
      select: { revokedAt: true, expiresAt: true, epoch: true, user: { select: { isActive: true } } },
      resolve: async (token, _args, context) => holds(token, context) && token.epoch === (await epochOf(context)),
    }),
    awaitsConfirmation: t.boolean({
      description:
        'Whether the token is from before a restore of the database and stops working until an admin confirms it.',
      select: { revokedAt: true, expiresAt: true, epoch: true, user: { select: { isActive: true } } },
      resolve: async (token, _args, context) => holds(token, context) && token.epoch !== (await epochOf(context)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends by itself.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to a minute. Null when never.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked. Null when it was not.',
    }),
  }),
})

const ApiTokenConnection = builder.connectionObject(
  { type: ApiToken, name: 'ApiTokenConnection', description: 'A page of API tokens.' },
  { name: 'ApiTokenEdge', description: 'One of API tokens, with its cursor.' },
)

const ApiTokenFilter = builder.inputType('ApiTokenFilter', {
  description: 'Narrows a list of API tokens. What is left out does not narrow.',
  fields: (t) => ({
    isActive: t.boolean({ description: 'Only those that let somebody in, or only those that no longer do.' }),
    awaitsConfirmation: t.boolean({
      description: 'Only the tokens that wait for an admin to confirm them after a restore, or only the others.',
    }),
    ownerId: t.globalID({ for: [User], description: 'In whose name they ask.' }),
  }),
})

const ApiTokenScope = builder.objectRef<Scope>('ApiTokenScope').implement({
  description: 'Something that an API token can be allowed.',
  fields: (t) => ({
    name: t.string({ description: 'Its name, as it is given in `createApiToken`.', resolve: (scope) => scope }),
    description: t.string({ description: 'What it allows.', resolve: (scope) => scopes[scope] }),
    mayGive: t.boolean({
      description: 'Whether your role can use it, and so a token of yours.',
      resolve: (scope, _args, context) => scopesOfRole(viewerOf(context).role).includes(scope),
    }),
  }),
})

builder.queryFields((t) => ({
  apiTokens: t.prismaConnection(
    {
      type: ApiToken,
      cursor: 'id',
      description: "One's own API tokens, newest first; everybody's for an admin. Revoked and expired ones too.",
      authScopes: { signedIn: true },
      needs: 'session',
      args: { filter: t.arg({ type: ApiTokenFilter, description: 'Narrows the list.' }) },
      totalCount: async (_parent, { filter }, context) =>
        countTokens(
          context.deps.database,
          tokensMatching(viewerOf(context), filterOf(filter), await momentOf(context)),
        ),
      resolve: async (query, _parent, args, context) => {
        checkPage(args)
        const { database } = context.deps
        await checkCursors(args, (id) => isVisibleToken(database, viewerOf(context), id))
        const where = tokensMatching(viewerOf(context), filterOf(args.filter), await momentOf(context))
        return listTokens(database, where, query)
      },
    },
    ApiTokenConnection,
  ),
  apiTokenScopes: t.field({
    type: [ApiTokenScope],
    description: 'Everything that an API token can be allowed. No scope opens what is sealed.',
    authScopes: { signedIn: true },
    needs: 'nothing',
    resolve: () => allScopes,
  }),
}))

const CreateApiTokenInput = builder.inputType('CreateApiTokenInput', {
  description: 'An API token of one’s own.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for, at most 100 characters.' }),
    scopes: t.stringList({ required: true, description: 'What it may do: names from `apiTokenScopes`.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When it ends by itself, at most a year from now. Left out: in 90 days.',
    }),
  }),
})

const CreateApiTokenPayload = builder
  .objectRef<Readonly<{ tokenId: string; token: string }>>('CreateApiTokenPayload')
  .implement({
    description: 'An API token that was just made.',
    fields: (t) => ({
      token: t.exposeString('token', {
        description: 'The token itself, for the header `Authorization: Bearer …`. Shown now, and never again.',
      }),
      apiToken: t.prismaField({
        type: ApiToken,
        description: 'What is known of it from now on.',
        resolve: (query, { tokenId }, _args, { deps }) => tokenOf(deps.database, tokenId, query),
      }),
    }),
  })

const RevokeApiTokenInput = builder.inputType('RevokeApiTokenInput', {
  description: 'Which API token to revoke.',
  fields: (t) => ({ id: t.globalID({ required: true, for: [ApiToken], description: "The token's id." }) }),
})

const RevokeApiTokenPayload = builder.objectRef<Readonly<{ tokenId: string }>>('RevokeApiTokenPayload').implement({
  description: 'An API token that lets nobody in any more.',
  fields: (t) => ({
    apiToken: t.prismaField({
      type: ApiToken,
      description: 'The token, as it is now.',
      resolve: (query, { tokenId }, _args, { deps }) => tokenOf(deps.database, tokenId, query),
    }),
  }),
})

const ConfirmApiTokenInput = builder.inputType('ConfirmApiTokenInput', {
  description: 'The API token to confirm.',
  fields: (t) => ({ id: t.globalID({ required: true, for: [ApiToken], description: 'The ID of the token.' }) }),
})

const ConfirmApiTokenPayload = builder.objectRef<Readonly<{ tokenId: string }>>('ConfirmApiTokenPayload').implement({
  description: 'The result of confirming an API token.',
  fields: (t) => ({
    apiToken: t.prismaField({
      type: ApiToken,
      description: 'The confirmed token.',
      resolve: (query, { tokenId }, _args, { deps }) => tokenOf(deps.database, tokenId, query),
    }),
  }),
})

builder.mutationFields((t) => ({
  confirmApiToken: t.field({
    type: ConfirmApiTokenPayload,
    description:
      'Lets an API token work again after a restore of the database. Only an admin can confirm a token, including their own. Error NOT_FOUND if there is no such token or it was revoked; FORBIDDEN if you are not an admin.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: ConfirmApiTokenInput, required: true, description: 'The token.' }) },
    resolve: async (_parent, { input }, context) => {
      const tokenId = input.id.id
      if (!isUuid(tokenId)) throw new NotFoundError()
      await confirmApiToken(context.deps, personOf(context), context.origin, tokenId)
      return { tokenId }
    },
  }),
  createApiToken: t.field({
    type: CreateApiTokenPayload,
    description:
      'Makes an API token in one’s own name: it reaches what you reach, redacted, and cut down to its scopes. Error BAD_USER_INPUT with the field `name`, `scopes` or `expiresAt`.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: CreateApiTokenInput, required: true, description: 'What it is to be.' }) },
    resolve: async (_parent, { input }, context) => {
      const { tokenId, token } = await createApiToken(context.deps, personOf(context), context.origin, input)
      return { tokenId, token: token.reveal() }
    },
  }),
  revokeApiToken: t.field({
    type: RevokeApiTokenPayload,
    description:
      'Revokes one’s own API token, or anybody’s as an admin, within a second and for good: its requests, its open streams and sockets. Error NOT_FOUND when there is none by this id.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: RevokeApiTokenInput, required: true, description: 'Which one.' }) },
    resolve: async (_parent, { input }, context) => {
      const tokenId = input.id.id
      // An id that is no UUID would be an error of the database's, and so tell that it is none.
      if (!isUuid(tokenId)) throw new NotFoundError()
      await revokeApiToken(context.deps, personOf(context), context.origin, tokenId)
      return { tokenId }
    },
  }),
}))

/** A global id has been checked for its type by the time it comes here; only its own part is needed. */
function filterOf(filter: (typeof ApiTokenFilter)['$inferInput'] | null | undefined) {
  return { isActive: filter?.isActive, awaitsConfirmation: filter?.awaitsConfirmation, ownerId: filter?.ownerId?.id }
}

const epochKey = Symbol('epoch')

/** The epoch in force, read once an operation. */
function epochOf(context: Context): Promise<string> {
  return once(context, epochKey, () => currentEpoch(context.deps.database))
}

async function momentOf(context: Context) {
  return { now: context.deps.clock.now(), epoch: await epochOf(context) }
}

type Holding = Readonly<{ revokedAt: Date | null; expiresAt: Date; user: Readonly<{ isActive: boolean }> }>

/** Whether nothing but a confirmation is missing for it to work. */
function holds({ revokedAt, expiresAt, user }: Holding, { deps }: Context): boolean {
  return revokedAt === null && expiresAt > deps.clock.now() && user.isActive
}
