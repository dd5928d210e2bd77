import {
  areCursorsValid,
  builder,
  checkPage,
  encryptedField,
  encryptedFieldPoints,
  onMissedNode,
  recordMiss,
  viewerOf,
} from '../../graphql/schema/builder.ts'
import { Booking, Sensitivity } from '../bookings/graphql.ts'
import type { Answer } from './answers.model.ts'
import { type FormField, formSchemaOf, sensitivityOf } from './form.model.ts'
import { openFormResponses } from './open-form-responses.ts'
import { mayOpenFormResponse } from './policy.ts'
import { isResponseTo, visibleFormResponses, visibleForms } from './reads.ts'
import { answeredCountOf } from './redacted.model.ts'

const FormQuestion = builder.objectRef<FormField>('FormQuestion').implement({
  description: 'A question in a booking form.',
  fields: (t) => ({
    slug: t.exposeString('slug', { description: "The question's short name in Cal.com." }),
    label: t.exposeString('label', { description: 'The text of the question.' }),
    type: t.exposeString('type', { description: 'The type of answer, as named by Cal.com, such as `text`.' }),
  }),
})

export const Form = builder.prismaNode('Form', {
  description: 'A booking form: the questions of an event type.',
  select: { id: true },
  id: { field: 'id', description: 'The global ID.' },
  findUnique: (id, context) => ({ id, AND: visibleForms(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  needs: 'forms:read',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the form.' }),
    description: t.exposeString('description', { nullable: true, description: 'What the form is for.' }),
    eventTypeId: t.exposeInt('eventTypeId', { description: 'The ID of the event type in Cal.com.' }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether new bookings use the form.' }),
    owner: t.relation('owner', { description: 'The pastor who owns the event type.' }),
    sensitivity: t.field({
      type: Sensitivity,
      description:
        'The sensitivity of bookings of the event type, unless their text raises it or their pastor sets another.',
      select: { schema: true },
      resolve: ({ schema }) => sensitivityOf(formSchemaOf(schema)),
    }),
    fields: t.field({
      type: [FormQuestion],
      description: 'The questions of the form, in the order in which they were first asked.',
      select: { schema: true },
      resolve: ({ schema }) => [...formSchemaOf(schema).fields],
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the form was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the form was last updated.' }),
  }),
})

export const IntakeAnswer = builder.objectRef<Answer>('IntakeAnswer').implement({
  description: 'A question in a booking form and its answer.',
  fields: (t) => ({
    slug: t.exposeString('slug', { description: "The question's short name in Cal.com." }),
    label: t.exposeString('label', { description: 'The text of the question when it was answered.' }),
    values: t.exposeStringList('values', { description: 'The answers. More than one if several could be chosen.' }),
  }),
})

const openAnswers = encryptedField<readonly Answer[]>('formResponse', openFormResponses)

export const FormResponse = builder.prismaNode('FormResponse', {
  description: 'A response to a booking form. The answers are encrypted.',
  select: { id: true },
  id: { field: 'id', description: 'The global ID.' },
  findUnique: (id, context) => ({ id, AND: visibleFormResponses(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  needs: 'forms:read',
  fields: (t) => ({
    form: t.relation('form', { description: 'The form that was answered.' }),
    booking: t.relation('booking', { description: 'The booking that the response belongs to.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the response was received.' }),
    answeredCount: t.int({
      description: 'The number of questions that were answered.',
      select: { redactedData: true },
      resolve: (response) => answeredCountOf(response.redactedData),
    }),
    answers: t.field({
      type: [IntakeAnswer],
      nullable: true,
      complexity: encryptedFieldPoints,
      description:
        'Encrypted. Only the owner of the booking can open it. Each opening is recorded in the audit log (`form_response.read`) before any content is returned; refused attempts are recorded too.',
      select: { booking: { select: { userId: true } } },
      authScopes: (response, _args, context) => mayOpenFormResponse(viewerOf(context), response.booking),
      needs: 'session',
      unauthorizedResolver: (response, _args, context) => openAnswers(context, response.id),
      resolve: (response, _args, context) => openAnswers(context, response.id),
    }),
  }),
})

export const FormResponseConnection = builder.connectionObject(
  { type: FormResponse, name: 'FormResponseConnection', description: 'A connection of form responses.' },
  { name: 'FormResponseEdge', description: 'An edge in a connection of form responses.' },
)

onMissedNode('FormResponse', recordMiss(openAnswers))

builder.prismaObjectField(Booking, 'formResponses', (t) =>
  t.relatedConnection(
    'formResponses',
    {
      cursor: 'id',
      totalCount: true,
      description: 'The responses to the booking form, oldest first.',
      authScopes: (booking, args, { deps }) =>
        areCursorsValid(args, (id) => isResponseTo(deps.database, booking.id, id)),
      query: (args) => {
        checkPage(args)
        return { orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }
      },
    },
    FormResponseConnection,
  ),
)
