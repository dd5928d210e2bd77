import { type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql'
import { ownerScopes, scopesOfRole } from '../../core/access/role-scopes.ts'
import { allScopes, type Scope, scopes } from '../../core/access/scopes.ts'
import { builder, type Context, listField, memoized, personOf, viewerOf } from '../../graphql/schema/builder.ts'
import { NotFoundError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'
import { User } from '../users/graphql.ts'
import { confirmApiToken } from './confirm-api-token.ts'
import { createApiToken } from './create-api-token.ts'
import { maySeeToken } from './policy.ts'
import { currentEpoch, ownsBookings, tokenList, tokenOf, visibleToken } from './reads.ts'
import { revokeApiToken } from './revoke-api-token.ts'

const ApiTokenFieldUse = builder.prismaObject('ApiTokenFieldUse', {
  description: 'A field of this schema that an API token uses.',
  needs: 'session',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'The type and the field, such as `Booking.title`.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      description: 'The day (UTC) on which an operation of the token last selected the field.',
    }),
    deprecationReason: t.string({
      nullable: true,
      description: 'If the field is deprecated, why, and until when it is kept. Null if it is not.',
      resolve: ({ field }, _args, _context, { schema }) => deprecationReasonOf(schema, field),
    }),
  }),
})

/** A field that this version no longer has isn't answered any more, whatever its reason was. */
function deprecationReasonOf(schema: GraphQLSchema, name: string): string | null {
  const [typeName = '', fieldName = ''] = name.split('.')
  const type = schema.getType(typeName)
  if (!isObjectType(type) && !isInterfaceType(type)) return null
  return type.getFields()[fieldName]?.deprecationReason ?? null
}

const ApiToken = builder.prismaNode('ApiToken', {
  description:
    'A token that lets a script act on behalf of a user. The token itself is shown only once, when it is created.',
  select: { id: true, userId: true },
  id: { field: 'id', description: 'The global ID.' },
  findUnique: (id, context) => visibleToken(viewerOf(context), id),
  nullable: true,
  authScopes: (token, context) => maySeeToken(viewerOf(context), token),
  needs: 'session',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What the token is for.' }),
    prefix: t.exposeString('prefix', { description: 'The beginning of the token, to tell tokens apart.' }),
    scopes: t.exposeStringList('scopes', { description: 'The scopes of the token. `apiTokenScopes` describes them.' }),
    owner: t.relation('user', { description: 'The user the token acts on behalf of.' }),
    isActive: t.boolean({
      description:
        'Whether the token is accepted: not revoked, not expired, not waiting for confirmation, and its owner not deactivated.',
      select: { revokedAt: true, expiresAt: true, epoch: true, user: { select: { isActive: true } } },
      resolve: async (token, _args, context) => isUsable(token, context) && token.epoch === (await epochOf(context)),
    }),
    awaitsConfirmation: t.boolean({
      description:
        'Whether the token was created before a restore of the database and is not accepted until an admin confirms it.',
      select: { revokedAt: true, expiresAt: true, epoch: true, user: { select: { isActive: true } } },
      resolve: async (token, _args, context) => isUsable(token, context) && token.epoch !== (await epochOf(context)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the token was created.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the token expires.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the token was last used, to the minute. Null if never.',
    }),
    fieldUses: t.relation('fieldUses', {
      description:
        'The fields that the token uses, by name, so that you see whether a deprecated one is among them. Uses from before the server recorded them are missing.',
      query: { orderBy: { field: 'asc' } },
    }),
    deprecatedFieldUses: t.field({
      type: [ApiTokenFieldUse],
      description: 'Those of `fieldUses` that are deprecated.',
      select: { fieldUses: { orderBy: { field: 'asc' } } },
      resolve: ({ fieldUses }, _args, _context, { schema }) =>
        fieldUses.filter(({ field }) => deprecationReasonOf(schema, field) !== null),
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the token was revoked. Null if it was not.',
    }),
  }),
})

const ApiTokenConnection = builder.connectionObject(
  { type: ApiToken, name: 'ApiTokenConnection', description: 'A connection of API tokens.' },
  { name: 'ApiTokenEdge', description: 'An edge in a connection of API tokens.' },
)

const ApiTokenFilter = builder.inputType('ApiTokenFilter', {
  description: 'Filters API tokens. All conditions must match; omitted fields are ignored.',
  fields: (t) => ({
    isActive: t.boolean({ description: 'True for active tokens, false for inactive ones.' }),
    awaitsConfirmation: t.boolean({
      description: 'True for tokens that an admin must confirm after a restore, false for all others.',
    }),
    ownerId: t.globalID({ for: [User], description: 'The ID of the user the tokens act on behalf of.' }),
  }),
})

const ApiTokenScope = builder.objectRef<Scope>('ApiTokenScope').implement({
  description: 'A scope that an API token can have.',
  fields: (t) => ({
    name: t.string({ description: 'The name of the scope, as used in `createApiToken`.', resolve: (scope) => scope }),
    description: t.string({ description: 'What the scope allows.', resolve: (scope) => scopes[scope] }),
    mayGive: t.boolean({
      description:
        'Whether your tokens can use this scope. A scope that changes bookings, forms or policies is of no use to an admin without bookings.',
      resolve: (scope, _args, context) => {
        const viewer = viewerOf(context)
        if (viewer.role === 'admin' && ownerScopes.has(scope)) return ownsBookings(context.deps.database, viewer)
        return scopesOfRole(viewer.role).includes(scope)
      },
    }),
  }),
})

builder.queryFields((t) => ({
  apiTokens: t.connection(
    {
      type: ApiToken,
      description:
        'Your API tokens, newest first, including revoked and expired ones. Admins get the tokens of all users.',
      authScopes: { signedIn: true },
      needs: 'session',
      args: { filter: t.arg({ type: ApiTokenFilter, description: 'Filters the list.' }) },
      ...listField('ApiToken', listed, { isPlanned: false }),
    },
    ApiTokenConnection,
  ),
  apiTokenScopes: t.field({
    type: [ApiTokenScope],
    description: 'All scopes that an API token can have. No scope gives access to encrypted fields.',
    authScopes: { signedIn: true },
    needs: 'nothing',
    resolve: () => allScopes,
  }),
}))

const CreateApiTokenInput = builder.inputType('CreateApiTokenInput', {
  description: 'A new API token of your own.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What the token is for, in at most 100 characters.' }),
    scopes: t.stringList({ required: true, description: 'The scopes of the token: names from `apiTokenScopes`.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When the token expires, at most 366 days from now. Defaults to 90 days from now.',
    }),
  }),
})

const CreateApiTokenPayload = builder
  .objectRef<Readonly<{ tokenId: string; token: string }>>('CreateApiTokenPayload')
  .implement({
    description: 'The new API token.',
    fields: (t) => ({
      token: t.exposeString('token', {
        description: 'The token itself, for the header `Authorization: Bearer …`. It is shown only once.',
      }),
      apiToken: t.prismaField({
        type: ApiToken,
        description: 'The API token without the secret value.',
        resolve: (query, { tokenId }, _args, { deps }) => tokenOf(deps.database, tokenId, query),
      }),
    }),
  })

const RevokeApiTokenInput = builder.inputType('RevokeApiTokenInput', {
  description: 'The API token to revoke.',
  fields: (t) => ({ id: t.globalID({ required: true, for: [ApiToken], description: "The token's ID." }) }),
})

const RevokeApiTokenPayload = builder.objectRef<Readonly<{ tokenId: string }>>('RevokeApiTokenPayload').implement({
  description: 'The result of revoking an API token.',
  fields: (t) => ({
    apiToken: t.prismaField({
      type: ApiToken,
      description: 'The revoked token.',
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
      'Confirms an API token after a restore of the database, so that it is accepted again. Admins only, including for their own tokens. Errors: `NOT_FOUND` if there is no token with this ID or it was revoked; `FORBIDDEN` if you are not an admin.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: ConfirmApiTokenInput, required: true, description: 'The token to confirm.' }) },
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
      'Creates an API token that acts on your behalf. It reaches what you reach, redacted, and only within its scopes. Errors: `BAD_USER_INPUT` with the field `name`, `scopes` or `expiresAt`.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: {
      input: t.arg({ type: CreateApiTokenInput, required: true, description: 'The properties of the new token.' }),
    },
    resolve: async (_parent, { input }, context) => {
      const { tokenId, token } = await createApiToken(context.deps, personOf(context), context.origin, input)
      return { tokenId, token: token.reveal() }
    },
  }),
  revokeApiToken: t.field({
    type: RevokeApiTokenPayload,
    description:
      'Revokes one of your API tokens permanently, within a second: its requests, open streams and sockets end. Admins can revoke any token. Errors: `NOT_FOUND` if there is no token with this ID.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: RevokeApiTokenInput, required: true, description: 'The token to revoke.' }) },
    resolve: async (_parent, { input }, context) => {
      const tokenId = input.id.id
      // Reject malformed IDs here; PostgreSQL would raise an internal error.
      if (!isUuid(tokenId)) throw new NotFoundError()
      await revokeApiToken(context.deps, personOf(context), context.origin, tokenId)
      return { tokenId }
    },
  }),
}))

/** Global IDs were checked for their type when they were parsed; the query needs the plain ID. */
async function listed({ filter }: ListArgs, context: Context) {
  const { isActive, awaitsConfirmation, ownerId } = filter ?? {}
  return tokenList(viewerOf(context), { isActive, awaitsConfirmation, ownerId: ownerId?.id }, await momentOf(context))
}

type ListArgs = Readonly<{ filter?: (typeof ApiTokenFilter)['$inferInput'] | null | undefined }>

const epochKey = Symbol('epoch')

/** The current epoch, read once per operation. */
function epochOf(context: Context): Promise<string> {
  return memoized(context, epochKey, () => currentEpoch(context.deps.database))
}

async function momentOf(context: Context) {
  return { now: context.deps.clock.now(), epoch: await epochOf(context) }
}

type UsableColumns = Readonly<{ revokedAt: Date | null; expiresAt: Date; user: Readonly<{ isActive: boolean }> }>

/** Whether the token works, or would work once an admin confirms it. */
function isUsable({ revokedAt, expiresAt, user }: UsableColumns, { deps }: Context): boolean {
  return revokedAt === null && expiresAt > deps.clock.now() && user.isActive
}
