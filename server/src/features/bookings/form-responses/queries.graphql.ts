import { builder, type Context, checkFilter, listField, viewerOf } from '../../../graphql/schema/builder.ts'
import { DateTimeRange } from '../../../graphql/schema/common-types.ts'
import { Form } from '../../forms/graphql.ts'
import { Booking } from '../graphql.ts'
import { FormResponse, FormResponseConnection } from './graphql.ts'
import { responseList } from './reads.ts'

const FormResponseFilter = builder.inputType('FormResponseFilter', {
  description:
    'Filters form responses. All conditions must match; omitted fields are ignored. A list accepts at most 100 values.',
  fields: (t) => ({
    formId: t.globalIDList({ for: [Form], description: 'Responses to any of these forms.' }),
    bookingId: t.globalIDList({ for: [Booking], description: 'Responses that belong to any of these bookings.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When the response was received.' }),
  }),
})

const FormResponseOrder = builder.enumType('FormResponseOrder', {
  description: 'The order of a list of form responses. Ties are broken by ID.',
  values: {
    NEWEST_FIRST: { value: 'desc', description: 'Most recently received first.' },
    OLDEST_FIRST: { value: 'asc', description: 'Least recently received first.' },
  } as const,
})

builder.queryFields((t) => ({
  formResponses: t.connection(
    {
      type: FormResponse,
      description:
        'The responses to booking forms of your bookings. Admins get all responses. Defaults to newest first. The answers are encrypted.',
      needs: 'forms:read',
      authScopes: { signedIn: true },
      args: {
        filter: t.arg({ type: FormResponseFilter, description: 'Filters the list.' }),
        orderBy: t.arg({ type: FormResponseOrder, description: 'Defaults to newest first.' }),
      },
      ...listField('FormResponse', listedResponses),
    },
    FormResponseConnection,
  ),
}))

type ResponseArgs = Readonly<{
  filter?: (typeof FormResponseFilter)['$inferInput'] | null | undefined
  orderBy?: 'asc' | 'desc' | null | undefined
}>

function listedResponses({ filter, orderBy }: ResponseArgs, context: Context) {
  return responseList(viewerOf(context), responseFilterOf(filter), orderBy ?? undefined)
}

// Global IDs were checked for their type when they were parsed; the query needs the plain ID.
function responseFilterOf(filter: (typeof FormResponseFilter)['$inferInput'] | null | undefined) {
  checkFilter(filter)
  const idsOf = (ids: readonly { id: string }[] | null | undefined) => ids?.map(({ id }) => id)
  return { ...filter, formId: idsOf(filter?.formId), bookingId: idsOf(filter?.bookingId) }
}
