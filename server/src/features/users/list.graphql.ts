import { builder, checkFilter, listField, missed, readsRows, viewerOf } from '../../graphql/schema/builder.ts'
import { DateTimeRange, OrderDirection } from '../../graphql/schema/common-types.ts'
import { isUuid } from '../../platform/ids.ts'
import { Role, User } from './graphql.ts'
import { findVisibleUser, userList, visibleUser } from './reads.ts'

const UserConnection = builder.connectionObject(
  { type: User, name: 'UserConnection', description: 'A connection of users.' },
  { name: 'UserEdge', description: 'An edge in a connection of users.' },
)

const UserFilter = builder.inputType('UserFilter', {
  description:
    'Filters users. All conditions must match; omitted fields are ignored. A list accepts at most 100 values.',
  fields: (t) => ({
    isActive: t.boolean({ description: "True for users who can sign in, false for those who can't." }),
    role: t.field({ type: [Role], description: 'Matches any of these values.' }),
    search: t.string({ description: 'Text to find in a name, an email address or a church. Case-insensitive.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When the account was created.' }),
    lastLoginAt: t.field({
      type: DateTimeRange,
      description: 'When the user last signed in. Users who never did match no range.',
    }),
  }),
})

const UserOrderField = builder.enumType('UserOrderField', {
  description: 'Properties by which users can be ordered.',
  values: {
    NAME: { value: 'name', description: 'By name.' },
    EMAIL: { value: 'email', description: 'By email address.' },
    CHURCH_NAME: { value: 'churchName', description: 'By church.' },
    CREATED_AT: { value: 'createdAt', description: 'By creation time.' },
    LAST_LOGIN_AT: {
      value: 'lastLoginAt',
      description: 'By time of the last sign-in. Users who never signed in come last.',
    },
  } as const,
})

const UserOrder = builder.inputType('UserOrder', {
  description: 'The order of a list of users. Ties are broken by ID.',
  fields: (t) => ({
    field: t.field({
      type: UserOrderField,
      required: true,
      defaultValue: 'name',
      description: 'The property to order by.',
    }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'asc',
      description: 'The sort direction.',
    }),
  }),
})

type ListArgs = Readonly<{
  filter?: (typeof UserFilter)['$inferInput'] | null | undefined
  orderBy?: (typeof UserOrder)['$inferInput'] | null | undefined
}>

function listed({ filter, orderBy }: ListArgs) {
  checkFilter(filter)
  return userList(filter ?? {}, orderBy ?? undefined)
}

builder.queryFields((t) => ({
  users: t.connection(
    {
      type: User,
      description: 'All users. Defaults to ordering by name. Admins only.',
      authScopes: { admin: true },
      needs: 'users:read',
      args: {
        filter: t.arg({ type: UserFilter, description: 'Filters the list.' }),
        orderBy: t.arg({ type: UserOrder, description: 'Defaults to ordering by name.' }),
      },
      ...listField('User', listed),
    },
    UserConnection,
  ),
  user: t.prismaField({
    type: User,
    nullable: true,
    description: 'Fetches a user by ID: yourself, or anyone for an admin. Errors: `NOT_FOUND` for anyone else.',
    authScopes: { signedIn: true },
    needs: 'users:read',
    extensions: readsRows(({ id }: { id: { id: string } }, context) => ({
      where: visibleUser(viewerOf(context), id.id),
    })),
    args: { id: t.arg.globalID({ required: true, for: [User], description: "The user's ID." }) },
    resolve: async (query, _parent, { id }, context) => {
      const { database } = context.deps
      const user = isUuid(id.id) ? await findVisibleUser(database, viewerOf(context), id.id, query) : null
      if (user === null) throw await missed(context, id)
      return user
    },
  }),
}))
