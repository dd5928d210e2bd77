import { builder, viewerOf } from '../../../graphql/schema/builder.ts'
import { Sensitivity } from '../../../graphql/schema/common-types.ts'
import { ChurchHubError } from '../../../platform/errors.ts'
import { User } from '../../users/graphql.ts'
import { BookingFilter, filterOf } from '../filter.graphql.ts'
import { BookingStatus } from '../graphql.ts'
import { noteNameSearch } from '../name-search.graphql.ts'
import { countInGroups } from './count-in-groups.ts'
import type { BookingStats, StatsGroup } from './statistics.model.ts'
import { findOwner } from './statistics.reads.ts'

const BookingStatsDimension = builder.enumType('BookingStatsDimension', {
  description: 'Dimensions by which bookings can be grouped. Periods are those of the start time in `timeZone`.',
  values: {
    STATUS: { value: 'status', description: 'By status.' },
    SENSITIVITY: { value: 'sensitivity', description: 'By sensitivity.' },
    EVENT_TYPE: { value: 'eventType', description: 'By Cal.com event type.' },
    OWNER: { value: 'owner', description: 'By pastor.' },
    DAY: { value: 'day', description: "By day. Can't be combined with WEEK or MONTH." },
    WEEK: { value: 'week', description: "By week, starting on Monday. Can't be combined with DAY or MONTH." },
    MONTH: { value: 'month', description: "By month. Can't be combined with DAY or WEEK." },
  } as const,
})

function minutesOf({ minutes }: Pick<StatsGroup, 'minutes'>): number {
  if (minutes !== null) return minutes
  throw new ChurchHubError(
    'FORBIDDEN',
    'A count-only token gets only the number of bookings. Remove minutes from the query.',
    {
      missingScope: ['bookings:read'],
    },
  )
}

const BookingStatsTotal = builder.objectRef<NonNullable<BookingStats['total']>>('BookingStatsTotal').implement({
  description: 'The totals of all counted bookings.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'The number of bookings.' }),
    minutes: t.float({
      description:
        'The total length in whole minutes. Errors: `FORBIDDEN` for a token that may only count, because lengths can tell groups apart.',
      resolve: minutesOf,
    }),
  }),
})

const BookingStatsGroup = builder.objectRef<StatsGroup>('BookingStatsGroup').implement({
  description:
    'A group of bookings with the same values in the grouped dimensions. Fields that are not grouped by are null.',
  fields: (t) => ({
    status: t.field({
      type: BookingStatus,
      nullable: true,
      description: 'The status of the bookings.',
      resolve: ({ status }) => status,
    }),
    sensitivity: t.field({
      type: Sensitivity,
      nullable: true,
      description: 'The sensitivity of the bookings.',
      resolve: ({ sensitivity }) => sensitivity,
    }),
    eventTypeId: t.exposeInt('eventTypeId', { nullable: true, description: 'The ID of the event type in Cal.com.' }),
    eventTypeTitle: t.exposeString('eventTypeTitle', {
      nullable: true,
      description: 'The title of the event type in the latest of the bookings.',
    }),
    ownerId: t.globalID({
      nullable: true,
      description: "The pastor's ID.",
      resolve: ({ ownerId }) => (ownerId === null ? null : { type: 'User', id: ownerId }),
    }),
    owner: t.prismaField({
      type: User,
      nullable: true,
      description: 'The pastor.',
      resolve: (query, { ownerId }, _args, { deps }) =>
        ownerId === null ? null : findOwner(deps.database, ownerId, query),
    }),
    periodStart: t.expose('periodStart', {
      type: 'DateTime',
      nullable: true,
      description: 'When the day, week or month begins in the requested time zone.',
    }),
    periodLabel: t.exposeString('periodLabel', {
      nullable: true,
      description: 'The first day of the period in that time zone, such as `2026-11-16`.',
    }),
    count: t.exposeInt('count', { description: 'The number of bookings.' }),
    minutes: t.float({
      description:
        'The total length in whole minutes. Errors: `FORBIDDEN` for a token that may only count, because lengths can tell groups apart.',
      resolve: minutesOf,
    }),
  }),
})

const BookingStatsRef = builder.objectRef<BookingStats>('BookingStats').implement({
  description: 'Statistics of bookings.',
  fields: (t) => ({
    groups: t.expose('groups', {
      type: [BookingStatsGroup],
      description: 'The groups that contain bookings, in the order of `groupBy`.',
    }),
    total: t.field({
      type: BookingStatsTotal,
      nullable: true,
      description:
        'The totals of all bookings. For a token that may only count, the total of one month, and null if it may not be revealed.',
      resolve: ({ total }) => total,
    }),
    isPartial: t.exposeBoolean('isPartial', {
      description:
        'Whether groups may be omitted. Always true for a token that may only count, whether or not any are omitted.',
    }),
  }),
})

builder.queryField('bookingStats', (t) =>
  t.field({
    type: BookingStatsRef,
    description:
      'Counts your bookings in groups, in a single statement. Admins count all bookings. Returns at most 1,000 groups. Errors: `BAD_USER_INPUT` if there are more. A token with `count-only` gets published figures of calendar months in the setting `church.timeZone`, which change at most once a day. For it, `startTime` takes whole months and no other filter is accepted. It groups by MONTH, or as an admin by STATUS, SENSITIVITY, EVENT_TYPE or OWNER for one month, or by one of them and MONTH.',
    authScopes: { signedIn: true },
    needs: ['bookings:read', 'count-only'],
    args: {
      filter: t.arg({ type: BookingFilter, description: 'The bookings to count. Set a range of `startTime`.' }),
      groupBy: t.arg({
        type: [BookingStatsDimension],
        required: true,
        description: 'One to three dimensions. At most one can be a period.',
      }),
      timeZone: t.arg.string({
        required: true,
        defaultValue: 'UTC',
        description: 'The IANA time zone in which days, weeks and months begin, such as `Europe/Berlin`.',
      }),
    },
    resolve: async (_parent, args, context) => {
      const filter = filterOf(args.filter)
      const stats = await countInGroups(context.deps, viewerOf(context), { ...args, filter })
      await noteNameSearch(context, filter)
      return stats
    },
  }),
)
