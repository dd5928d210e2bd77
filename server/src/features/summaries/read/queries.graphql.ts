import { builder, type Context, checkFilter, listField, personOf, viewerOf } from '../../../graphql/schema/builder.ts'
import { DateTimeRange, Sensitivity } from '../../../graphql/schema/common-types.ts'
import { AiProvider } from '../../ai/graphql.ts'
import { Booking, bookingOrNotFound } from '../../bookings/graphql.ts'
import { User } from '../../users/graphql.ts'
import type { SummaryFilter } from '../filter.model.ts'
import { deleteSummary } from '../retention/delete-summary.ts'
import { ContextSummary, ContextSummaryConnection, SummaryMethod } from './graphql.ts'
import { summaryList } from './reads.ts'

const ContextSummaryFilter = builder.inputType('ContextSummaryFilter', {
  description:
    'Filters summaries. All conditions must match; omitted fields are ignored. A list accepts at most 100 values.',
  fields: (t) => ({
    bookingId: t.globalIDList({ for: [Booking], description: 'Summaries of any of these bookings.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When the summaries were written.' }),
    expiresAt: t.field({ type: DateTimeRange, description: 'When the summaries will be deleted.' }),
    ownerId: t.globalID({ for: [User], description: 'Summaries of bookings of this pastor.' }),
    method: t.field({ type: [SummaryMethod], description: 'Summaries that were written in any of these ways.' }),
    provider: t.field({
      type: [AiProvider],
      description: 'Summaries that any of these providers wrote, or was meant to.',
    }),
    sensitivity: t.field({ type: [Sensitivity], description: 'Summaries that were written for any of these values.' }),
  }),
})

type ListArgs = Readonly<{ filter?: (typeof ContextSummaryFilter)['$inferInput'] | null | undefined }>

builder.queryField('contextSummaries', (t) =>
  t.connection(
    {
      type: ContextSummary,
      description: 'The summaries of your bookings, newest first. Admins get all summaries, redacted.',
      authScopes: { signedIn: true },
      needs: 'summaries:read',
      args: { filter: t.arg({ type: ContextSummaryFilter, description: 'Filters the list.' }) },
      ...listField('ContextSummary', listed),
    },
    ContextSummaryConnection,
  ),
)

function listed({ filter }: ListArgs, context: Context) {
  return summaryList(viewerOf(context), filterOf(filter))
}

/** Global IDs were checked for their type when they were parsed; the query needs the plain ID. */
function filterOf(input: ListArgs['filter']): SummaryFilter {
  checkFilter(input)
  return { ...input, bookingId: input?.bookingId?.map(({ id }) => id), ownerId: input?.ownerId?.id }
}

const DeleteContextSummaryInput = builder.inputType('DeleteContextSummaryInput', {
  description: 'The summary to delete.',
  fields: (t) => ({
    id: t.globalID({
      required: true,
      for: [ContextSummary],
      description: 'The ID of a summary of one of your bookings.',
    }),
  }),
})

const DeleteContextSummaryPayload = builder.objectRef<{ bookingId: string }>('DeleteContextSummaryPayload').implement({
  description: 'The result of deleting a summary.',
  fields: (t) => ({
    booking: t.prismaField({
      type: 'Booking',
      description: 'The booking, without the summary.',
      resolve: (query, { bookingId }, _args, context) => bookingOrNotFound(context, bookingId, query),
    }),
  }),
})

builder.mutationField('deleteContextSummary', (t) =>
  t.field({
    type: DeleteContextSummaryPayload,
    description:
      'Deletes a summary of one of your bookings before it expires. A new one is written when the booking changes.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: DeleteContextSummaryInput, required: true, description: 'The summary to delete.' }) },
    resolve: async (_parent, { input }, context) => ({
      bookingId: await deleteSummary(context.deps, personOf(context), context.origin, input.id.id),
    }),
  }),
)
