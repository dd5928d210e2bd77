import { builder, viewerOf } from '../../graphql/builder.ts'
import { ChurchHubError } from '../../platform/errors.ts'
import { User } from '../users/graphql.ts'
import { countInGroups } from './count-in-groups.ts'
import { BookingFilter, filterOf } from './filter.graphql.ts'
import { BookingStatus, Sensitivity } from './graphql.ts'
import type { BookingStats, StatsGroup } from './statistics.model.ts'
import { findOwner } from './statistics.reads.ts'

const BookingStatsDimension = builder.enumType('BookingStatsDimension', {
  description: 'What bookings can be counted by. A period is that of their start, as the clocks of `timeZone` show it.',
  values: {
    STATUS: { value: 'status', description: 'Where they are in their lives.' },
    SENSITIVITY: { value: 'sensitivity', description: 'How carefully they are shown.' },
    EVENT_TYPE: { value: 'eventType', description: "Cal.com's event type." },
    OWNER: { value: 'owner', description: 'The pastor who was booked.' },
    DAY: { value: 'day', description: 'A day. Not together with WEEK or MONTH.' },
    WEEK: { value: 'week', description: 'A week, which begins on Monday. Not together with DAY or MONTH.' },
    MONTH: { value: 'month', description: 'A month. Not together with DAY or WEEK.' },
  } as const,
})

function minutesOf({ minutes }: Pick<StatsGroup, 'minutes'>): number {
  if (minutes !== null) return minutes
  throw new ChurchHubError('FORBIDDEN', 'A token with count-only gets numbers of bookings. Leave out minutes.', {
    missingScope: ['bookings:read'],
  })
}

const BookingStatsTotal = builder.objectRef<NonNullable<BookingStats['total']>>('BookingStatsTotal').implement({
  description: 'All bookings that were counted.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many there are.' }),
    minutes: t.float({
      description:
        'How long they are together, in whole minutes. Error FORBIDDEN for a token that may only count: lengths tell groups apart.',
      resolve: minutesOf,
    }),
  }),
})

const BookingStatsGroup = builder.objectRef<StatsGroup>('BookingStatsGroup').implement({
  description: 'Bookings that are alike in what they were grouped by. What they were not grouped by is null.',
  fields: (t) => ({
    status: t.field({
      type: BookingStatus,
      nullable: true,
      description: 'Their status.',
      resolve: ({ status }) => status,
    }),
    sensitivity: t.field({
      type: Sensitivity,
      nullable: true,
      description: 'Their sensitivity.',
      resolve: ({ sensitivity }) => sensitivity,
    }),
    eventTypeId: t.exposeInt('eventTypeId', { nullable: true, description: "Cal.com's id of their event type." }),
    eventTypeTitle: t.exposeString('eventTypeTitle', {
      nullable: true,
      description: 'What their event type is called by the latest of them.',
    }),
    ownerId: t.globalID({
      nullable: true,
      description: "Their pastor's id.",
      resolve: ({ ownerId }) => (ownerId === null ? null : { type: 'User', id: ownerId }),
    }),
    owner: t.prismaField({
      type: User,
      nullable: true,
      description: 'Their pastor.',
      resolve: (query, { ownerId }, _args, { deps }) =>
        ownerId === null ? null : findOwner(deps.database, ownerId, query),
    }),
    periodStart: t.expose('periodStart', {
      type: 'DateTime',
      nullable: true,
      description: 'When their day, week or month begins in the time zone that was asked for.',
    }),
    periodLabel: t.exposeString('periodLabel', {
      nullable: true,
      description: 'The first day of it there, such as `2026-11-16`.',
    }),
    count: t.exposeInt('count', { description: 'How many there are.' }),
    minutes: t.float({
      description:
        'How long they are together, in whole minutes. Error FORBIDDEN for a token that may only count: lengths tell groups apart.',
      resolve: minutesOf,
    }),
  }),
})

const BookingStatsRef = builder.objectRef<BookingStats>('BookingStats').implement({
  description: 'Bookings, counted.',
  fields: (t) => ({
    groups: t.expose('groups', {
      type: [BookingStatsGroup],
      description: 'One for each group that has any, in the order of `groupBy`.',
    }),
    total: t.field({
      type: BookingStatsTotal,
      nullable: true,
      description:
        'All of them together. For a token that may only count: of one month, and null where it may not be told.',
      resolve: ({ total }) => total,
    }),
    isPartial: t.exposeBoolean('isPartial', {
      description:
        'Whether groups may be left out. Always true for a token that may only count, whether or not any is.',
    }),
  }),
})

builder.queryField('bookingStats', (t) =>
  t.field({
    type: BookingStatsRef,
    description:
      "Counts one's own bookings, or all of them for an admin, in groups; by one statement, and at most 1,000 of them. Error BAD_USER_INPUT where there are more. A token with `count-only` gets published figures of calendar months in the setting `church.timeZone`, which change at most once a day: `startTime` takes whole months and no other filter is accepted. Group by MONTH, or as an admin by STATUS, SENSITIVITY, EVENT_TYPE or OWNER for one month, or by one of them and MONTH.",
    authScopes: { signedIn: true },
    needs: ['bookings:read', 'count-only'],
    args: {
      filter: t.arg({ type: BookingFilter, description: 'Which bookings. Give a range of `startTime`.' }),
      groupBy: t.arg({
        type: [BookingStatsDimension],
        required: true,
        description: 'One to three dimensions, of which one may be a period.',
      }),
      timeZone: t.arg.string({
        required: true,
        defaultValue: 'UTC',
        description: 'The IANA time zone in which days, weeks and months begin, such as `Europe/Berlin`.',
      }),
    },
    resolve: (_parent, { filter, groupBy, timeZone }, context) =>
      countInGroups(context.deps, viewerOf(context), { filter: filterOf(filter), groupBy, timeZone }),
  }),
)
