import {
  builder,
  checkPage,
  cursorsHold,
  onMissedNode,
  recordMiss,
  sealedField,
  sealedPoints,
  viewerOf,
} from '../../graphql/builder.ts'
import { Booking, Sensitivity } from '../bookings/graphql.ts'
import type { Answer } from './answers.model.ts'
import { type FormField, formSchemaOf, sensitivityOf } from './form.model.ts'
import { openFormResponses } from './open-form-responses.ts'
import { mayOpenFormResponse } from './policy.ts'
import { isResponseTo, visibleFormResponses, visibleForms } from './reads.ts'
import { answeredCountOf } from './redacted.model.ts'

const FormQuestion = builder.objectRef<FormField>('FormQuestion').implement({
  description: 'One question of a booking form.',
  fields: (t) => ({
    slug: t.exposeString('slug', { description: "The question's short name in Cal.com." }),
    label: t.exposeString('label', { description: 'The question as it is put.' }),
    type: t.exposeString('type', { description: 'How it is answered, as Cal.com names it, such as `text`.' }),
  }),
})

export const Form = builder.prismaNode('Form', {
  description: "The questions of an event type's booking form.",
  select: { id: true },
  id: { field: 'id', description: 'The global id.' },
  findUnique: (id, context) => ({ id, AND: visibleForms(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  needs: 'forms:read',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What the form is called.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for.' }),
    eventTypeId: t.exposeInt('eventTypeId', { description: "Cal.com's id of the event type." }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether new bookings use it.' }),
    owner: t.relation('owner', { description: 'The pastor whose event type it is.' }),
    sensitivity: t.field({
      type: Sensitivity,
      description: 'How sensitive bookings of its event type are unless their words, or their pastor, say otherwise.',
      select: { schema: true },
      resolve: ({ schema }) => sensitivityOf(formSchemaOf(schema)),
    }),
    fields: t.field({
      type: [FormQuestion],
      description: 'Its questions, in the order in which they were first asked.',
      select: { schema: true },
      resolve: ({ schema }) => [...formSchemaOf(schema).fields],
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
  }),
})

export const IntakeAnswer = builder.objectRef<Answer>('IntakeAnswer').implement({
  description: 'One question of a booking form and what was answered.',
  fields: (t) => ({
    slug: t.exposeString('slug', { description: "The question's short name in Cal.com." }),
    label: t.exposeString('label', { description: 'The question as it was put.' }),
    values: t.exposeStringList('values', { description: 'What was answered; several where several could be chosen.' }),
  }),
})

const openAnswers = sealedField<readonly Answer[]>('formResponse', openFormResponses)

export const FormResponse = builder.prismaNode('FormResponse', {
  description: "What somebody answered to a form's questions. The answers are sealed.",
  select: { id: true },
  id: { field: 'id', description: 'The global id.' },
  findUnique: (id, context) => ({ id, AND: visibleFormResponses(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  needs: 'forms:read',
  fields: (t) => ({
    form: t.relation('form', { description: 'The questions.' }),
    booking: t.relation('booking', { description: 'The booking that it came with.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it came in.' }),
    answeredCount: t.int({
      description: 'How many questions were answered.',
      select: { redactedData: true },
      resolve: (response) => answeredCountOf(response.redactedData),
    }),
    answers: t.field({
      type: [IntakeAnswer],
      nullable: true,
      complexity: sealedPoints,
      description:
        'Sealed. Only the owner of the booking opens it, and each opening is in the audit log (`form_response.read`) before a word leaves the server; so is each refusal.',
      select: { booking: { select: { userId: true } } },
      authScopes: (response, _args, context) => mayOpenFormResponse(viewerOf(context), response.booking),
      needs: 'session',
      unauthorizedResolver: (response, _args, context) => openAnswers(context, response.id),
      resolve: (response, _args, context) => openAnswers(context, response.id),
    }),
  }),
})

export const FormResponseConnection = builder.connectionObject(
  { type: FormResponse, name: 'FormResponseConnection', description: 'A page of form responses.' },
  { name: 'FormResponseEdge', description: 'One of form responses, with its cursor.' },
)

onMissedNode('FormResponse', recordMiss(openAnswers))

builder.prismaObjectField(Booking, 'formResponses', (t) =>
  t.relatedConnection(
    'formResponses',
    {
      cursor: 'id',
      totalCount: true,
      description: 'What was answered in the booking form, oldest first.',
      authScopes: (booking, args, { deps }) => cursorsHold(args, (id) => isResponseTo(deps.database, booking.id, id)),
      query: (args) => {
        checkPage(args)
        return { orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }
      },
    },
    FormResponseConnection,
  ),
)
