import { builder, checkFilter, listField, viewerOf } from '../../../graphql/schema/builder.ts'
import { DateTimeRange } from '../../../graphql/schema/common-types.ts'
import { deliveryList, visibleDelivery } from './deliveries.reads.ts'

const WebhookDelivery = builder.prismaNode('WebhookDelivery', {
  description: 'A webhook delivery from Cal.com. Its content stays encrypted. Admins only.',
  // Selected explicitly; otherwise every column is read, including the encrypted body.
  select: { id: true },
  id: { field: 'id', description: 'The global ID.' },
  // Visibility is checked here too, because the auth rule below only runs if a field is selected.
  findUnique: (id, context) => visibleDelivery(viewerOf(context), id),
  nullable: true,
  authScopes: { admin: true },
  needs: 'webhooks:read',
  fields: (t) => ({
    trigger: t.exposeString('trigger', { description: "Cal.com's `triggerEvent`." }),
    outcome: t.exposeString('outcome', {
      description:
        'The outcome: `applied`, `stale`, `ignored` (a trigger that changes no booking), `ping`, `unknown_trigger`, `unknown_organizer`, `waiting_for_booking`, `unreadable` or `received`.',
    }),
    organizer: t.exposeString('organizer', {
      nullable: true,
      description: 'The organizer as named by Cal.com, if no user of this server matches.',
    }),
    receivedAt: t.expose('receivedAt', { type: 'DateTime', description: 'When the delivery was received.' }),
    eventCreatedAt: t.expose('eventCreatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the event happened, according to Cal.com.',
    }),
  }),
})

const WebhookDeliveryConnection = builder.connectionObject(
  { type: WebhookDelivery, name: 'WebhookDeliveryConnection', description: 'A connection of deliveries.' },
  { name: 'WebhookDeliveryEdge', description: 'An edge in a connection of deliveries.' },
)

const WebhookDeliveryFilter = builder.inputType('WebhookDeliveryFilter', {
  description:
    'Filters deliveries. All conditions must match; omitted fields are ignored. A list accepts at most 100 values.',
  fields: (t) => ({
    outcome: t.stringList({ description: 'Matches any of these outcomes.' }),
    trigger: t.stringList({ description: 'Matches any of these Cal.com triggers, such as `BOOKING_CREATED`.' }),
    receivedAt: t.field({ type: DateTimeRange, description: 'When the delivery was received.' }),
  }),
})

const WebhookDeliveryOrder = builder.enumType('WebhookDeliveryOrder', {
  description: 'The order of a list of deliveries. Ties are broken by ID.',
  values: {
    NEWEST_FIRST: { value: 'desc', description: 'Most recently received first.' },
    OLDEST_FIRST: { value: 'asc', description: 'Least recently received first.' },
  } as const,
})

type ListArgs = Readonly<{
  filter?: (typeof WebhookDeliveryFilter)['$inferInput'] | null | undefined
  orderBy?: 'asc' | 'desc' | null | undefined
}>

function listed({ filter, orderBy }: ListArgs) {
  checkFilter(filter)
  return deliveryList(filter ?? {}, orderBy ?? undefined)
}

builder.queryField('webhookDeliveries', (t) =>
  t.connection(
    {
      type: WebhookDelivery,
      description:
        'Webhook deliveries from Cal.com, newest first, including those for an organizer who matches no user.',
      authScopes: { admin: true },
      needs: 'webhooks:read',
      args: {
        filter: t.arg({ type: WebhookDeliveryFilter, description: 'Filters the list.' }),
        orderBy: t.arg({ type: WebhookDeliveryOrder, description: 'Defaults to newest first.' }),
      },
      ...listField('WebhookDelivery', listed, { isPlanned: false }),
    },
    WebhookDeliveryConnection,
  ),
)
