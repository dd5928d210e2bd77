import { builder, checkCursors, checkFilter, checkPage, missed, readsRows, viewerOf } from '../../graphql/builder.ts'
import { isUuid } from '../../platform/ids.ts'
import { DateTimeRange } from '../bookings/graphql.ts'
import { OrderDirection } from '../bookings/queries.graphql.ts'
import { Role, User } from './graphql.ts'
import { countUsers, findVisibleUser, isUser, listUsers, userList, visibleUser } from './reads.ts'

const UserConnection = builder.connectionObject(
  { type: User, name: 'UserConnection', description: 'A page of users.' },
  { name: 'UserEdge', description: 'One of users, with its cursor.' },
)

const UserFilter = builder.inputType('UserFilter', {
  description: 'Narrows a list of users. What is left out does not narrow; a list takes at most 100 values.',
  fields: (t) => ({
    isActive: t.boolean({ description: 'Only those who can sign in, or only those who can not.' }),
    role: t.field({ type: [Role], description: 'Any of these.' }),
    search: t.string({ description: 'Part of a name, an address or a church, in any case.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When the account was made.' }),
    lastLoginAt: t.field({
      type: DateTimeRange,
      description: 'When they last signed in; who never did is in no range.',
    }),
  }),
})

const UserOrderField = builder.enumType('UserOrderField', {
  description: 'What users can be ordered by.',
  values: {
    NAME: { value: 'name', description: 'Their names.' },
    EMAIL: { value: 'email', description: 'Their addresses.' },
    CHURCH_NAME: { value: 'churchName', description: 'Their churches.' },
    CREATED_AT: { value: 'createdAt', description: 'When their accounts were made.' },
    LAST_LOGIN_AT: { value: 'lastLoginAt', description: 'When they last signed in; who never did comes last.' },
  } as const,
})

const UserOrder = builder.inputType('UserOrder', {
  description: 'The order of a list of users. Equal ones are ordered by id.',
  fields: (t) => ({
    field: t.field({ type: UserOrderField, required: true, defaultValue: 'name', description: 'What to order by.' }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'asc',
      description: 'Which end comes first.',
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
  users: t.prismaConnection(
    {
      type: User,
      cursor: 'id',
      description: 'Everybody with an account, by name unless said otherwise. Admins only.',
      authScopes: { admin: true },
      needs: 'users:read',
      extensions: readsRows(listed),
      args: {
        filter: t.arg({ type: UserFilter, description: 'Narrows the list.' }),
        orderBy: t.arg({ type: UserOrder, description: 'By name unless said otherwise.' }),
      },
      totalCount: (_parent, args, { deps }) => countUsers(deps.database, listed(args).where),
      resolve: async (query, _parent, args, { deps }) => {
        checkPage(args)
        const list = listed(args)
        await checkCursors(args, (id) => isUser(deps.database, id))
        return listUsers(deps.database, list, query)
      },
    },
    UserConnection,
  ),
  user: t.prismaField({
    type: User,
    nullable: true,
    description: 'One user: oneself, or anybody for an admin. Error NOT_FOUND for anybody else.',
    authScopes: { signedIn: true },
    needs: 'users:read',
    extensions: readsRows(({ id }: { id: { id: string } }, context) => ({
      where: visibleUser(viewerOf(context), id.id),
    })),
    args: { id: t.arg.globalID({ required: true, for: [User], description: "The user's id." }) },
    resolve: async (query, _parent, { id }, context) => {
      const { database } = context.deps
      const user = isUuid(id.id) ? await findVisibleUser(database, viewerOf(context), id.id, query) : null
      if (user === null) throw await missed(context, id)
      return user
    },
  }),
}))
