import { builder, checkCursors, checkFilter, checkPage, viewerOf } from '../../graphql/builder.ts'
import { countDeliveries, isDelivery, listDeliveries, visibleDelivery } from './deliveries.reads.ts'
import { DateTimeRange } from './graphql.ts'

const WebhookDelivery = builder.prismaNode('WebhookDelivery', {
  description: 'A webhook that Cal.com delivered. What it said stays sealed. Admins only.',
  // Without this every column is read, the sealed body too.
  select: { id: true },
  id: { field: 'id', description: 'The global id.' },
  // Without a field of it nobody asks the rule below: whether it exists is decided here.
  findUnique: (id, context) => visibleDelivery(viewerOf(context), id),
  nullable: true,
  authScopes: { admin: true },
  needs: 'webhooks:read',
  fields: (t) => ({
    trigger: t.exposeString('trigger', { description: "Cal.com's triggerEvent." }),
    outcome: t.exposeString('outcome', {
      description:
        'What became of it: applied, stale, ping, unknown_trigger, unknown_organizer, waiting_for_booking, unreadable or received.',
    }),
    organizer: t.exposeString('organizer', {
      nullable: true,
      description: 'Whom it was for, as Cal.com names them, where no user of ours was found.',
    }),
    receivedAt: t.expose('receivedAt', { type: 'DateTime', description: 'When it came in.' }),
    eventCreatedAt: t.expose('eventCreatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When Cal.com says that it happened.',
    }),
  }),
})

const WebhookDeliveryConnection = builder.connectionObject(
  { type: WebhookDelivery, name: 'WebhookDeliveryConnection', description: 'A page of deliveries.' },
  { name: 'WebhookDeliveryEdge', description: 'One of deliveries, with its cursor.' },
)

const WebhookDeliveryFilter = builder.inputType('WebhookDeliveryFilter', {
  description: 'Narrows a list of deliveries. What is left out does not narrow; a list takes at most 100 values.',
  fields: (t) => ({
    outcome: t.stringList({ description: 'Any of these outcomes.' }),
    trigger: t.stringList({ description: "Any of Cal.com's triggers, such as `BOOKING_CREATED`." }),
    receivedAt: t.field({ type: DateTimeRange, description: 'When it came in.' }),
  }),
})

const WebhookDeliveryOrder = builder.enumType('WebhookDeliveryOrder', {
  description: 'The order of a list of deliveries. Those of one moment are ordered by id.',
  values: {
    NEWEST_FIRST: { value: 'desc', description: 'The last that came in first.' },
    OLDEST_FIRST: { value: 'asc', description: 'The first that came in first.' },
  } as const,
})

builder.queryField('webhookDeliveries', (t) =>
  t.prismaConnection(
    {
      type: 'WebhookDelivery',
      cursor: 'id',
      description: 'What Cal.com delivered, newest first, such as payloads for an organizer whom nobody here matches.',
      authScopes: { admin: true },
      needs: 'webhooks:read',
      args: {
        filter: t.arg({ type: WebhookDeliveryFilter, description: 'Narrows the list.' }),
        orderBy: t.arg({ type: WebhookDeliveryOrder, description: 'Newest first unless said otherwise.' }),
      },
      totalCount: (_parent, { filter }, context) => countDeliveries(context.deps.database, filter ?? {}),
      resolve: async (query, _parent, args, context) => {
        checkPage(args)
        checkFilter(args.filter)
        const { database } = context.deps
        await checkCursors(args, (id) => isDelivery(database, id))
        return listDeliveries(database, args.filter ?? {}, args.orderBy ?? 'desc', query)
      },
    },
    WebhookDeliveryConnection,
  ),
)
