import { builder, checkPage, viewerOf } from '../../graphql/builder.ts'
import { countDeliveries, listDeliveries, visibleDelivery } from './deliveries.reads.ts'

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
  description: 'Narrows a list of deliveries.',
  fields: (t) => ({ outcome: t.stringList({ description: 'Any of these outcomes.' }) }),
})

builder.queryField('webhookDeliveries', (t) =>
  t.prismaConnection(
    {
      type: 'WebhookDelivery',
      cursor: 'id',
      description: 'What Cal.com delivered, newest first, such as payloads for an organizer whom nobody here matches.',
      authScopes: { admin: true },
      needs: 'webhooks:read',
      args: { filter: t.arg({ type: WebhookDeliveryFilter, description: 'Narrows the list.' }) },
      totalCount: (_parent, { filter }, context) => countDeliveries(context.deps.database, filter ?? {}),
      resolve: (query, _parent, args, context) => {
        checkPage(args)
        return listDeliveries(context.deps.database, args.filter ?? {}, query)
      },
    },
    WebhookDeliveryConnection,
  ),
)
