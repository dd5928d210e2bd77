import {
  builder,
  encryptedField,
  encryptedFieldPoints,
  onMissedNode,
  recordMiss,
  relatedListField,
  viewerOf,
} from '../../../graphql/schema/builder.ts'
import { IntakeAnswer } from '../../forms/graphql.ts'
import { Booking } from '../graphql.ts'
import { mayOpenIntake } from '../policy.ts'
import { openFormResponses } from './open-form-responses.ts'
import { visibleFormResponses } from './reads.ts'
import { answeredCountOf } from './redacted.model.ts'

const openAnswers = encryptedField<readonly (typeof IntakeAnswer)['$inferType'][]>('formResponse', openFormResponses)

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
      authScopes: (response, _args, context) => mayOpenIntake(viewerOf(context), response.booking),
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
  t.connection(
    {
      type: FormResponse,
      description: 'The responses to the booking form, oldest first.',
      ...relatedListField({
        parent: 'Booking',
        relation: 'formResponses',
        model: 'FormResponse',
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      }),
    },
    FormResponseConnection,
  ),
)
