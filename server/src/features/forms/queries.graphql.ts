import { builder, type Context, checkFilter, listField, viewerOf } from '../../graphql/schema/builder.ts'
import { OrderDirection, Sensitivity } from '../../graphql/schema/common-types.ts'
import { User } from '../users/graphql.ts'
import { Form } from './graphql.ts'
import { formList, formOf } from './reads.ts'
import { setFormActive } from './set-form-active.ts'
import { setFormSensitivity } from './set-form-sensitivity.ts'

const FormConnection = builder.connectionObject(
  { type: Form, name: 'FormConnection', description: 'A connection of forms.' },
  { name: 'FormEdge', description: 'An edge in a connection of forms.' },
)

const FormFilter = builder.inputType('FormFilter', {
  description:
    'Filters forms. All conditions must match; omitted fields are ignored. A list accepts at most 100 values.',
  fields: (t) => ({
    eventTypeId: t.intList({ description: 'Matches any of these event types, by their ID in Cal.com.' }),
    isActive: t.boolean({ description: 'True for forms that new bookings use, false for all others.' }),
    name: t.string({ description: 'Text to find in the name. Case-insensitive.' }),
    ownerId: t.globalID({ for: [User], description: "The pastor's ID." }),
  }),
})

const FormOrderField = builder.enumType('FormOrderField', {
  description: 'Properties by which forms can be ordered.',
  values: {
    NAME: { value: 'name', description: 'By name.' },
    CREATED_AT: { value: 'createdAt', description: 'By creation time.' },
    UPDATED_AT: { value: 'updatedAt', description: 'By time of the last update.' },
  } as const,
})

const FormOrder = builder.inputType('FormOrder', {
  description: 'The order of a list of forms. Ties are broken by ID.',
  fields: (t) => ({
    field: t.field({
      type: FormOrderField,
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

builder.queryFields((t) => ({
  forms: t.connection(
    {
      type: Form,
      description: 'Your forms. Admins get all forms.',
      needs: 'forms:read',
      authScopes: { signedIn: true },
      args: {
        filter: t.arg({ type: FormFilter, description: 'Filters the list.' }),
        orderBy: t.arg({ type: FormOrder, description: 'Defaults to ordering by name.' }),
      },
      ...listField('Form', listedForms),
    },
    FormConnection,
  ),
}))

type FormArgs = Readonly<{
  filter?: (typeof FormFilter)['$inferInput'] | null | undefined
  orderBy?: (typeof FormOrder)['$inferInput'] | null | undefined
}>

function listedForms({ filter, orderBy }: FormArgs, context: Context) {
  return formList(viewerOf(context), formFilterOf(filter), orderBy ?? undefined)
}

// Global IDs were checked for their type when they were parsed; the query needs the plain ID.
function formFilterOf(filter: (typeof FormFilter)['$inferInput'] | null | undefined) {
  checkFilter(filter)
  return { ...filter, ownerId: filter?.ownerId?.id }
}

const SetFormSensitivityInput = builder.inputType('SetFormSensitivityInput', {
  description: 'A form and its new sensitivity.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [Form], description: "The form's ID." }),
    sensitivity: t.field({ type: Sensitivity, required: true, description: 'The new sensitivity.' }),
  }),
})

const SetFormActiveInput = builder.inputType('SetFormActiveInput', {
  description: 'A form and whether new bookings use it.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [Form], description: "The form's ID." }),
    isActive: t.boolean({ required: true, description: 'Whether new bookings use the form.' }),
  }),
})

const formPayload = (name: string, description: string) =>
  builder.objectRef<{ formId: string }>(name).implement({
    description,
    fields: (t) => ({
      form: t.prismaField({
        type: Form,
        description: 'The updated form.',
        resolve: (query, { formId }, _args, { deps }) => formOf(deps.database, formId, query),
      }),
    }),
  })

const SetFormSensitivityPayload = formPayload('SetFormSensitivityPayload', 'The form with its updated sensitivity.')
const SetFormActivePayload = formPayload('SetFormActivePayload', 'The result of activating or deactivating a form.')

type UseCase<Change> = (
  deps: Context['deps'],
  viewer: ReturnType<typeof viewerOf>,
  origin: Context['origin'],
  change: Change & { formId: string },
) => Promise<void>

/** Runs a use case on the form that the input identifies and returns the form. */
async function runUseCase<Change>(context: Context, id: { id: string }, change: Change, useCase: UseCase<Change>) {
  await useCase(context.deps, viewerOf(context), context.origin, { ...change, formId: id.id })
  return { formId: id.id }
}

builder.mutationFields((t) => ({
  setFormSensitivity: t.field({
    type: SetFormSensitivityPayload,
    description:
      'Sets the sensitivity of bookings of one of your event types, unless their text raises it or their pastor sets another. Applies to bookings that are created or changed from now on. Errors: `NOT_FOUND` if the form belongs to another pastor.',
    needs: 'forms:write',
    authScopes: { signedIn: true },
    args: {
      input: t.arg({ type: SetFormSensitivityInput, required: true, description: 'The form and its new sensitivity.' }),
    },
    resolve: (_parent, { input: { id, ...change } }, context) => runUseCase(context, id, change, setFormSensitivity),
  }),
  setFormActive: t.field({
    type: SetFormActivePayload,
    description:
      'Activates or deactivates one of your forms. If no form is active, the next booking of the event type creates a new one, with the sensitivity of the last. Errors: `CONFLICT` if another form of the event type is active; `NOT_FOUND` if the form belongs to another pastor.',
    needs: 'forms:write',
    authScopes: { signedIn: true },
    args: {
      input: t.arg({ type: SetFormActiveInput, required: true, description: 'The form and whether it is active.' }),
    },
    resolve: (_parent, { input: { id, ...change } }, context) => runUseCase(context, id, change, setFormActive),
  }),
}))
