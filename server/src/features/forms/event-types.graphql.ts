import { builder, viewerOf } from '../../graphql/schema/builder.ts'
import { eventTypeOf, listEventTypes, visibleEventTypes } from './event-types.reads.ts'
import { renameEventType } from './rename-event-type.ts'

const EventType = builder.prismaNode('EventType', {
  description:
    'A Cal.com event type of a pastor. It keeps the first texts that name nobody until the pastor changes them. Owner only.',
  select: { id: true },
  id: { field: 'id', description: 'The global ID.' },
  findUnique: (id, context) => ({ id, AND: visibleEventTypes(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  needs: 'forms:read',
  fields: (t) => ({
    eventTypeId: t.exposeInt('eventTypeId', { description: "Cal.com's ID of the event type." }),
    title: t.exposeString('title', {
      nullable: true,
      description: 'The title that its bookings show. Null until one is known; until then they show "Appointment".',
    }),
    slug: t.exposeString('slug', { nullable: true, description: 'The slug in Cal.com. Null until one is known.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'The description in Cal.com. Null until one is known.',
    }),
    isRenamed: t.exposeBoolean('isRenamed', { description: 'Whether the pastor set the title in ChurchHub.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the event type was last updated.' }),
  }),
})

builder.queryField('eventTypes', (t) =>
  t.prismaField({
    type: [EventType],
    description: "The viewer's own event types, ordered by Cal.com's ID. At most 500.",
    authScopes: { signedIn: true },
    needs: 'forms:read',
    resolve: (query, _parent, _args, context) => listEventTypes(context.deps.database, viewerOf(context), query),
  }),
)

const RenameEventTypeInput = builder.inputType('RenameEventTypeInput', {
  description: 'The event type to rename, and its new title.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [EventType], description: "The event type's ID." }),
    title: t.string({ required: true, description: 'The new title, 1 to 255 characters.' }),
  }),
})

const RenameEventTypePayload = builder.objectRef<{ eventTypeId: string }>('RenameEventTypePayload').implement({
  description: 'The result of renaming an event type.',
  fields: (t) => ({
    eventType: t.prismaField({
      type: EventType,
      description: 'The event type with its new title.',
      resolve: (query, { eventTypeId }, _args, context) => eventTypeOf(context.deps.database, eventTypeId, query),
    }),
  }),
})

builder.mutationField('renameEventType', (t) =>
  t.field({
    type: RenameEventTypePayload,
    description:
      'Renames one of the viewer\'s own event types in ChurchHub. Its bookings get the new title within a minute; webhooks never change it. If the title names an attendee of a booking, that booking shows "Appointment". Errors: `NOT_FOUND` for an event type of another pastor.',
    authScopes: { signedIn: true },
    needs: 'forms:write',
    args: {
      input: t.arg({ type: RenameEventTypeInput, required: true, description: 'The event type and its new title.' }),
    },
    resolve: async (_parent, { input }, context) => {
      const change = { eventTypeId: input.id.id, title: input.title }
      await renameEventType(context.deps, viewerOf(context), context.origin, change)
      return { eventTypeId: input.id.id }
    },
  }),
)
