import {
  builder,
  encryptedField,
  encryptedFieldPoints,
  onMissedNode,
  recordMiss,
  viewerOf,
} from '../../graphql/schema/builder.ts'
import { IntakeAnswer } from '../forms/graphql.ts'
import { Attendee, Booking } from './graphql.ts'
import type { Intake } from './lifecycle/intake.model.ts'
import { openIntakes } from './open-intakes.ts'
import { mayOpenIntake } from './policy.ts'

const IntakeContact = builder.objectRef<Intake['contacts'][number]>('IntakeContact').implement({
  description: 'The contact details of a person in a booking.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: true, description: "The person's name. Null if none was given." }),
    email: t.exposeString('email', { nullable: true, description: 'The email address. Null if none was given.' }),
    phoneNumber: t.exposeString('phoneNumber', {
      nullable: true,
      description: 'The phone number as it was entered. Null if none was given.',
    }),
  }),
})

const BookingIntake = builder.objectRef<Intake>('BookingIntake').implement({
  description: 'Who attends a booking and what they wrote when they booked.',
  fields: (t) => ({
    notes: t.exposeString('notes', {
      nullable: true,
      description: 'The description or notes that the attendee entered.',
    }),
    answers: t.expose('answers', {
      type: [IntakeAnswer],
      description: 'The answers to the booking form, in the order of the form.',
    }),
    attendees: t.field({
      type: [Attendee],
      description: 'The attendees, including those the booking hides.',
      // Each access to an intake is already recorded.
      resolve: ({ attendees }) => attendees.map((attendee) => ({ ...attendee, booking: null })),
    }),
    contacts: t.expose('contacts', {
      type: [IntakeContact],
      description:
        'The email addresses and phone numbers of everybody in the booking, including guests and numbers that only an answer contains. Empty for bookings last updated before contacts were kept.',
    }),
    title: t.exposeString('title', {
      nullable: true,
      description: "Cal.com's title, even if the booking hides it.",
    }),
    location: t.exposeString('location', {
      nullable: true,
      description: 'The full location: the link, number or address that the booking may only hint at.',
    }),
    cancellationReason: t.exposeString('cancellationReason', {
      nullable: true,
      description: 'The reason for the cancellation.',
    }),
    rejectionReason: t.exposeString('rejectionReason', {
      nullable: true,
      description: 'The reason for the rejection.',
    }),
  }),
})

const openIntake = encryptedField<Intake>('intake', openIntakes)

onMissedNode('Booking', recordMiss(openIntake))

builder.prismaObjectField(Booking, 'intake', (t) =>
  t.field({
    type: BookingIntake,
    nullable: true,
    complexity: encryptedFieldPoints,
    description:
      'Encrypted. Only the owner can open it. Each opening is recorded in the audit log (`intake.read`) before any content is returned; refused attempts are recorded too. Null if there is none.',
    authScopes: (booking, _args, context) => mayOpenIntake(viewerOf(context), booking),
    needs: 'session',
    unauthorizedResolver: (booking, _args, context) => openIntake(context, booking.id),
    resolve: (booking, _args, context) => openIntake(context, booking.id),
  }),
)
