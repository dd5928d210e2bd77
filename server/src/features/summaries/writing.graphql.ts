import { builder, personOf, viewerOf } from '../../graphql/builder.ts'
import { Booking, bookingOrNotFound } from '../bookings/graphql.ts'
import { giveSummaryFeedback } from './give-summary-feedback.ts'
import { ContextSummary } from './graphql.ts'
import { findVerdict, summaryOf } from './reads.ts'
import { regenerateSummary } from './regenerate-summary.ts'

const SummaryVerdict = builder.enumType('SummaryVerdict', {
  description: 'What a pastor thinks of a summary.',
  values: {
    USEFUL: { value: 'useful', description: 'It helped.' },
    WRONG: { value: 'wrong', description: 'It says what is not so, or leaves out what matters.' },
  } as const,
})

builder.prismaObjectField(ContextSummary, 'feedback', (t) =>
  t.field({
    type: SummaryVerdict,
    nullable: true,
    description: 'What you said of it. Null where you said nothing, and to anybody but the owner of the booking.',
    needs: 'session',
    resolve: ({ id }, _args, context) => findVerdict(context.deps.database, viewerOf(context), id),
  }),
)

const RegenerateSummaryInput = builder.inputType('RegenerateSummaryInput', {
  description: 'Which booking gets a new summary.',
  fields: (t) => ({
    bookingId: t.globalID({ required: true, for: [Booking], description: "One of one's own bookings." }),
  }),
})

const RegenerateSummaryPayload = builder.objectRef<{ bookingId: string }>('RegenerateSummaryPayload').implement({
  description: 'What the summary is ordered for.',
  fields: (t) => ({
    booking: t.prismaField({
      type: 'Booking',
      description: 'The booking. `bookingChanged` tells with SUMMARY_READY when the new summary is there.',
      resolve: (query, { bookingId }, _args, context) => bookingOrNotFound(context, bookingId, query),
    }),
  }),
})

const GiveSummaryFeedbackInput = builder.inputType('GiveSummaryFeedbackInput', {
  description: 'What you think of a summary.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [ContextSummary], description: "A summary of one of one's own bookings." }),
    verdict: t.field({ type: SummaryVerdict, description: 'Null takes back what was said.' }),
  }),
})

const GiveSummaryFeedbackPayload = builder.objectRef<{ summaryId: string }>('GiveSummaryFeedbackPayload').implement({
  description: 'What was said of a summary.',
  fields: (t) => ({
    summary: t.prismaField({
      type: ContextSummary,
      description: 'The summary.',
      resolve: (query, { summaryId }, _args, { deps }) => summaryOf(deps.database, summaryId, query),
    }),
  }),
})

builder.mutationFields((t) => ({
  regenerateSummary: t.field({
    type: RegenerateSummaryPayload,
    description:
      'Orders a new summary of one of your own bookings; the present one stays until then. Error NOT_FOUND; CONFLICT for a booking that no longer takes place.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: RegenerateSummaryInput, required: true, description: 'Of which booking.' }) },
    resolve: async (_parent, { input }, context) => {
      await regenerateSummary(context.deps, personOf(context), input.bookingId.id)
      return { bookingId: input.bookingId.id }
    },
  }),
  giveSummaryFeedback: t.field({
    type: GiveSummaryFeedbackPayload,
    description:
      'Keeps whether a summary was useful or wrong, with how it was written and without a word of it. Error NOT_FOUND.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: GiveSummaryFeedbackInput, required: true, description: 'What you think of it.' }) },
    resolve: async (_parent, { input: { id, verdict } }, context) => {
      await giveSummaryFeedback(context.deps, personOf(context), { summaryId: id.id, verdict: verdict ?? null })
      return { summaryId: id.id }
    },
  }),
}))
