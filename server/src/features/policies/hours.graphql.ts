import { builder } from '../../graphql/schema/builder.ts'
import type { QuietHours as QuietHoursShape, WorkingHours as WorkingHoursShape } from './model.ts'

const Weekday = builder.enumType('Weekday', {
  description: 'A day of the week.',
  values: {
    MONDAY: { value: 'monday', description: 'Monday.' },
    TUESDAY: { value: 'tuesday', description: 'Tuesday.' },
    WEDNESDAY: { value: 'wednesday', description: 'Wednesday.' },
    THURSDAY: { value: 'thursday', description: 'Thursday.' },
    FRIDAY: { value: 'friday', description: 'Friday.' },
    SATURDAY: { value: 'saturday', description: 'Saturday.' },
    SUNDAY: { value: 'sunday', description: 'Sunday.' },
  } as const,
})

const fieldDescriptions = {
  start: 'The start, as a time of day such as `09:30`.',
  end: 'The end, as a time of day such as `17:00`.',
  timezone: 'The IANA time zone of the start and the end, such as `Europe/Berlin`.',
  enabled: 'Whether these hours apply.',
  days: 'The days on which these hours apply.',
} as const

export const QuietHours = builder.objectRef<QuietHoursShape>('QuietHours').implement({
  description: 'The hours in which a pastor is not to be disturbed. An end before the start is on the next day.',
  fields: (t) => ({
    start: t.exposeString('start', { description: fieldDescriptions.start }),
    end: t.exposeString('end', { description: fieldDescriptions.end }),
    timezone: t.exposeString('timezone', { description: fieldDescriptions.timezone }),
    enabled: t.exposeBoolean('enabled', { description: fieldDescriptions.enabled }),
  }),
})

export const WorkingHours = builder.objectRef<WorkingHoursShape>('WorkingHours').implement({
  description: 'The hours in which meetings can take place, within one day.',
  fields: (t) => ({
    start: t.exposeString('start', { description: fieldDescriptions.start }),
    end: t.exposeString('end', { description: fieldDescriptions.end }),
    timezone: t.exposeString('timezone', { description: fieldDescriptions.timezone }),
    days: t.field({ type: [Weekday], description: fieldDescriptions.days, resolve: ({ days }) => [...days] }),
    enabled: t.exposeBoolean('enabled', { description: fieldDescriptions.enabled }),
  }),
})

export const QuietHoursInput = builder.inputType('QuietHoursInput', {
  description: 'The hours in which a pastor is not to be disturbed. An end before the start is on the next day.',
  fields: (t) => ({
    start: t.string({ required: true, description: fieldDescriptions.start }),
    end: t.string({ required: true, description: fieldDescriptions.end }),
    timezone: t.string({ required: true, description: fieldDescriptions.timezone }),
    enabled: t.boolean({ required: true, defaultValue: true, description: fieldDescriptions.enabled }),
  }),
})

export const WorkingHoursInput = builder.inputType('WorkingHoursInput', {
  description: 'The hours in which meetings can take place, within one day.',
  fields: (t) => ({
    start: t.string({ required: true, description: fieldDescriptions.start }),
    end: t.string({ required: true, description: fieldDescriptions.end }),
    timezone: t.string({ required: true, description: fieldDescriptions.timezone }),
    days: t.field({ type: [Weekday], required: true, description: fieldDescriptions.days }),
    enabled: t.boolean({ required: true, defaultValue: true, description: fieldDescriptions.enabled }),
  }),
})
