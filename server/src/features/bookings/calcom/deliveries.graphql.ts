import { builder, checkFilter, listField, viewerOf } from '../../../graphql/schema/builder.ts'
import { DateTimeRange } from '../../../graphql/schema/common-types.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { deliveryOutcomes, shownTriggers } from '../write/delivery.model.ts'
import { deliveryList, visibleDelivery } from './deliveries.reads.ts'

const WebhookDeliveryOutcome = builder.enumType('WebhookDeliveryOutcome', {
  description: 'The outcome of a webhook delivery from Cal.com.',
  values: Object.fromEntries(
    Object.entries(deliveryOutcomes).map(([value, description]) => [value.toUpperCase(), { value, description }]),
  ),
})

const WebhookDeliveryTrigger = builder.enumType('WebhookDeliveryTrigger', {
  description: "Cal.com's `triggerEvent`. The list can grow with a new version.",
  values: Object.fromEntries(shownTriggers.map((value) => [value, { value, description: descriptionOf(value) }])),
})

function descriptionOf(trigger: string): string {
  if (trigger === 'UNKNOWN') return "A trigger that ChurchHub doesn't know."
  if (trigger === 'UNREADABLE') return 'A body without a readable trigger.'
  return `Cal.com's \`${trigger}\`.`
}

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
    trigger: t.exposeString('trigger', {
      description: "Cal.com's `triggerEvent`, as text.",
      deprecationReason: 'Use `triggerType` instead. It is kept until 2027-12-31.',
    }),
    triggerType: t.field({
      type: WebhookDeliveryTrigger,
      nullable: true,
      description: "Cal.com's `triggerEvent`. Null for one that only a newer version of ChurchHub knows.",
      select: { trigger: true },
      resolve: ({ trigger }) => (shownTriggers.includes(trigger) ? trigger : null),
    }),
    outcome: t.exposeString('outcome', {
      description:
        'The outcome as text: `applied`, `stale`, `ignored` (a trigger that changes no booking), `ping`, `unknown_trigger`, `unknown_organizer`, `waiting_for_booking`, `unreadable` or `received`.',
      deprecationReason: 'Use `outcomeType` instead. It is kept until 2027-12-31.',
    }),
    outcomeType: t.field({
      type: WebhookDeliveryOutcome,
      nullable: true,
      description: 'The outcome. Null for one that only a newer version of ChurchHub knows.',
      select: { outcome: true },
      resolve: ({ outcome }) => (Object.hasOwn(deliveryOutcomes, outcome) ? outcome : null),
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
    outcome: t.stringList({
      description: 'Matches any of these outcomes, such as `applied`. Errors: `BAD_USER_INPUT` for any other text.',
      deprecationReason: 'Use `outcomeType` instead. It is kept until 2027-12-31.',
    }),
    outcomeType: t.field({ type: [WebhookDeliveryOutcome], description: 'Matches any of these outcomes.' }),
    trigger: t.stringList({
      description:
        'Matches any of these Cal.com triggers, such as `BOOKING_CREATED`. Errors: `BAD_USER_INPUT` for any other text.',
      deprecationReason: 'Use `triggerType` instead. It is kept until 2027-12-31.',
    }),
    triggerType: t.field({ type: [WebhookDeliveryTrigger], description: 'Matches any of these triggers.' }),
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
  const { outcome, trigger } = filter ?? {}
  checkKnown('outcome', outcome, Object.keys(deliveryOutcomes))
  checkKnown('trigger', trigger, shownTriggers)
  return deliveryList(filter ?? {}, orderBy ?? undefined)
}

/** A text that no delivery has would match nothing, without an error. */
function checkKnown(name: string, values: readonly string[] | null | undefined, known: readonly string[]): void {
  if (values?.every((value) => known.includes(value)) ?? true) return
  throw new BadUserInputError(`filter.${name}`, `filter.${name} has an unknown value. Use \`${name}Type\` instead.`)
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
