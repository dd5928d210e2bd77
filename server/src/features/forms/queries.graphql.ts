import {
  builder,
  type Context,
  checkCursors,
  checkFilter,
  checkPage,
  readsRows,
  viewerOf,
} from '../../graphql/builder.ts'
import { Booking, DateTimeRange, Sensitivity } from '../bookings/graphql.ts'
import { OrderDirection } from '../bookings/queries.graphql.ts'
import { User } from '../users/graphql.ts'
import { Form, FormResponse, FormResponseConnection } from './graphql.ts'
import {
  countForms,
  countResponses,
  formList,
  formOf,
  isVisibleForm,
  isVisibleResponse,
  listForms,
  listResponses,
  responseList,
} from './reads.ts'
import { setFormActive } from './set-form-active.ts'
import { setFormSensitivity } from './set-form-sensitivity.ts'

const FormConnection = builder.connectionObject(
  { type: Form, name: 'FormConnection', description: 'A page of forms.' },
  { name: 'FormEdge', description: 'One of forms, with its cursor.' },
)

const FormFilter = builder.inputType('FormFilter', {
  description: 'Narrows a list of forms. What is left out does not narrow; a list takes at most 100 values.',
  fields: (t) => ({
    eventTypeId: t.intList({ description: "Any of these event types, by Cal.com's ids." }),
    isActive: t.boolean({ description: 'Only those that new bookings use, or only others.' }),
    name: t.string({ description: 'Part of the name, in any case.' }),
    ownerId: t.globalID({ for: [User], description: "The pastor's id." }),
  }),
})

const FormOrderField = builder.enumType('FormOrderField', {
  description: 'What forms can be ordered by.',
  values: {
    NAME: { value: 'name', description: 'What they are called.' },
    CREATED_AT: { value: 'createdAt', description: 'When they were made.' },
    UPDATED_AT: { value: 'updatedAt', description: 'When they last changed.' },
  } as const,
})

const FormOrder = builder.inputType('FormOrder', {
  description: 'The order of a list of forms. Equal ones are ordered by id.',
  fields: (t) => ({
    field: t.field({ type: FormOrderField, required: true, defaultValue: 'name', description: 'What to order by.' }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'asc',
      description: 'Which end comes first.',
    }),
  }),
})

const FormResponseFilter = builder.inputType('FormResponseFilter', {
  description: 'Narrows a list of form responses. What is left out does not narrow; a list takes at most 100 values.',
  fields: (t) => ({
    formId: t.globalIDList({ for: [Form], description: 'To any of these forms.' }),
    bookingId: t.globalIDList({ for: [Booking], description: 'With any of these bookings.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When it came in.' }),
  }),
})

const FormResponseOrder = builder.enumType('FormResponseOrder', {
  description: 'The order of a list of form responses. Those of one moment are ordered by id.',
  values: {
    NEWEST_FIRST: { value: 'desc', description: 'The last that came in first.' },
    OLDEST_FIRST: { value: 'asc', description: 'The first that came in first.' },
  } as const,
})

builder.queryFields((t) => ({
  forms: t.prismaConnection(
    {
      type: Form,
      cursor: 'id',
      description: "One's own forms; all of them for an admin.",
      needs: 'forms:read',
      authScopes: { signedIn: true },
      extensions: readsRows(listedForms),
      args: {
        filter: t.arg({ type: FormFilter, description: 'Narrows the list.' }),
        orderBy: t.arg({ type: FormOrder, description: 'By name unless said otherwise.' }),
      },
      totalCount: (_parent, args, context) => countForms(context.deps.database, listedForms(args, context).where),
      resolve: async (query, _parent, args, context) => {
        checkPage(args)
        const { database } = context.deps
        await checkCursors(args, (id) => isVisibleForm(database, viewerOf(context), id))
        return listForms(database, listedForms(args, context), query)
      },
    },
    FormConnection,
  ),
  formResponses: t.prismaConnection(
    {
      type: FormResponse,
      cursor: 'id',
      description:
        "What was answered in booking forms with one's own bookings, newest first unless said otherwise; with all of them for an admin. The answers are sealed.",
      needs: 'forms:read',
      authScopes: { signedIn: true },
      extensions: readsRows(listedResponses),
      args: {
        filter: t.arg({ type: FormResponseFilter, description: 'Narrows the list.' }),
        orderBy: t.arg({ type: FormResponseOrder, description: 'Newest first unless said otherwise.' }),
      },
      totalCount: (_parent, args, context) =>
        countResponses(context.deps.database, listedResponses(args, context).where),
      resolve: async (query, _parent, args, context) => {
        checkPage(args)
        const { database } = context.deps
        await checkCursors(args, (id) => isVisibleResponse(database, viewerOf(context), id))
        return listResponses(database, listedResponses(args, context), query)
      },
    },
    FormResponseConnection,
  ),
}))

type FormArgs = Readonly<{
  filter?: (typeof FormFilter)['$inferInput'] | null | undefined
  orderBy?: (typeof FormOrder)['$inferInput'] | null | undefined
}>

function listedForms({ filter, orderBy }: FormArgs, context: Context) {
  return formList(viewerOf(context), formFilterOf(filter), orderBy ?? undefined)
}

type ResponseArgs = Readonly<{
  filter?: (typeof FormResponseFilter)['$inferInput'] | null | undefined
  orderBy?: 'asc' | 'desc' | null | undefined
}>

function listedResponses({ filter, orderBy }: ResponseArgs, context: Context) {
  return responseList(viewerOf(context), responseFilterOf(filter), orderBy ?? undefined)
}

// A global id has been checked for its type by the time it comes here; only its own part is needed.
function formFilterOf(filter: (typeof FormFilter)['$inferInput'] | null | undefined) {
  checkFilter(filter)
  return { ...filter, ownerId: filter?.ownerId?.id }
}

function responseFilterOf(filter: (typeof FormResponseFilter)['$inferInput'] | null | undefined) {
  checkFilter(filter)
  const idsOf = (ids: readonly { id: string }[] | null | undefined) => ids?.map(({ id }) => id)
  return { ...filter, formId: idsOf(filter?.formId), bookingId: idsOf(filter?.bookingId) }
}

const SetFormSensitivityInput = builder.inputType('SetFormSensitivityInput', {
  description: 'How sensitive the bookings of an event type are to be.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [Form], description: "The form's id." }),
    sensitivity: t.field({ type: Sensitivity, required: true, description: 'How sensitive.' }),
  }),
})

const SetFormActiveInput = builder.inputType('SetFormActiveInput', {
  description: 'Whether new bookings are to use a form.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [Form], description: "The form's id." }),
    isActive: t.boolean({ required: true, description: 'Whether they are.' }),
  }),
})

const formPayload = (name: string, description: string) =>
  builder.objectRef<{ formId: string }>(name).implement({
    description,
    fields: (t) => ({
      form: t.prismaField({
        type: Form,
        description: 'The form, as it is now.',
        resolve: (query, { formId }, _args, { deps }) => formOf(deps.database, formId, query),
      }),
    }),
  })

const SetFormSensitivityPayload = formPayload(
  'SetFormSensitivityPayload',
  'A form whose bookings are as sensitive as said.',
)
const SetFormActivePayload = formPayload('SetFormActivePayload', 'A form that is in use, or out of it.')

type Deed<Change> = (
  deps: Context['deps'],
  viewer: ReturnType<typeof viewerOf>,
  origin: Context['origin'],
  change: Change & { formId: string },
) => Promise<void>

/** Does something about the form that an input names, which is the answer. */
async function about<Change>(context: Context, id: { id: string }, change: Change, deed: Deed<Change>) {
  await deed(context.deps, viewerOf(context), context.origin, { ...change, formId: id.id })
  return { formId: id.id }
}

builder.mutationFields((t) => ({
  setFormSensitivity: t.field({
    type: SetFormSensitivityPayload,
    description:
      "Sets how sensitive the bookings of one of one's own event types are, unless their words raise it or their pastor sets it. It counts for bookings that come in, or change, from now on. Error NOT_FOUND for another pastor's.",
    needs: 'forms:write',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: SetFormSensitivityInput, required: true, description: 'Which form, and how.' }) },
    resolve: (_parent, { input: { id, ...change } }, context) => about(context, id, change, setFormSensitivity),
  }),
  setFormActive: t.field({
    type: SetFormActivePayload,
    description:
      "Puts one of one's own forms into use or out of it. Where none is in use, the next booking of its event type begins a new one, as sensitive as the last. Error CONFLICT where another one of the event type is in use; NOT_FOUND for another pastor's.",
    needs: 'forms:write',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: SetFormActiveInput, required: true, description: 'Which form, and whether.' }) },
    resolve: (_parent, { input: { id, ...change } }, context) => about(context, id, change, setFormActive),
  }),
}))
