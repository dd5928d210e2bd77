import { builder, personOf, viewerOf } from '../../../graphql/schema/builder.ts'
import { Booking, bookingOrNotFound } from '../../bookings/graphql.ts'
import { regenerateSummary } from '../generate/regenerate-summary.ts'
import { giveSummaryFeedback } from './give-summary-feedback.ts'
import { ContextSummary } from './graphql.ts'
import { findVerdict, summaryOf } from './reads.ts'

const SummaryVerdict = builder.enumType('SummaryVerdict', {
  description: "A pastor's verdict on a summary.",
  values: {
    USEFUL: { value: 'useful', description: 'The summary was useful.' },
    WRONG: { value: 'wrong', description: 'The summary is wrong, or leaves out something important.' },
  } as const,
})

builder.prismaObjectField(ContextSummary, 'feedback', (t) =>
  t.field({
    type: SummaryVerdict,
    nullable: true,
    description:
      'Your verdict on the summary. Null if you gave none, and for everyone except the owner of the booking.',
    needs: 'session',
    resolve: ({ id }, _args, context) => findVerdict(context.deps.database, viewerOf(context), id),
  }),
)

const RegenerateSummaryInput = builder.inputType('RegenerateSummaryInput', {
  description: 'The booking that gets a new summary.',
  fields: (t) => ({
    bookingId: t.globalID({ required: true, for: [Booking], description: 'The ID of one of your bookings.' }),
  }),
})

const RegenerateSummaryPayload = builder.objectRef<{ bookingId: string }>('RegenerateSummaryPayload').implement({
  description: 'The result of enqueuing a new summary.',
  fields: (t) => ({
    booking: t.prismaField({
      type: 'Booking',
      description: 'The booking. `bookingChanged` sends SUMMARY_READY when the new summary is ready.',
      resolve: (query, { bookingId }, _args, context) => bookingOrNotFound(context, bookingId, query),
    }),
  }),
})

const GiveSummaryFeedbackInput = builder.inputType('GiveSummaryFeedbackInput', {
  description: 'A summary and your verdict on it.',
  fields: (t) => ({
    id: t.globalID({
      required: true,
      for: [ContextSummary],
      description: 'The ID of a summary of one of your bookings.',
    }),
    verdict: t.field({ type: SummaryVerdict, description: 'The verdict. Null removes it.' }),
  }),
})

const GiveSummaryFeedbackPayload = builder.objectRef<{ summaryId: string }>('GiveSummaryFeedbackPayload').implement({
  description: 'The result of giving feedback on a summary.',
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
      'Enqueues a new summary of one of your bookings. The current one stays until the new one is ready. Errors: `NOT_FOUND`; `CONFLICT` if the booking no longer takes place.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: RegenerateSummaryInput, required: true, description: 'The booking.' }) },
    resolve: async (_parent, { input }, context) => {
      await regenerateSummary(context.deps, personOf(context), input.bookingId.id)
      return { bookingId: input.bookingId.id }
    },
  }),
  giveSummaryFeedback: t.field({
    type: GiveSummaryFeedbackPayload,
    description:
      'Records whether a summary was useful or wrong, with how it was written and without its content. Errors: `NOT_FOUND`.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: {
      input: t.arg({ type: GiveSummaryFeedbackInput, required: true, description: 'The summary and your verdict.' }),
    },
    resolve: async (_parent, { input: { id, verdict } }, context) => {
      await giveSummaryFeedback(context.deps, personOf(context), { summaryId: id.id, verdict: verdict ?? null })
      return { summaryId: id.id }
    },
  }),
}))
