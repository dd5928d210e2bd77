import { builder, viewerOf } from '../../graphql/schema/builder.ts'
import { Sensitivity } from '../../graphql/schema/common-types.ts'
import type { Answer } from './answers.model.ts'
import { type FormField, formSchemaOf, sensitivityOf } from './form.model.ts'
import { visibleForms } from './reads.ts'

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
