import { builder } from './builder.ts'

export const Sensitivity = builder.enumType('Sensitivity', {
  description: 'The sensitivity of a booking. A booking above LOW is redacted for everyone except its owner.',
  values: {
    HIGH: { value: 'High', description: 'Names and titles are encrypted too.' },
    MEDIUM: { value: 'Medium', description: 'What people wrote is encrypted. The default.' },
    LOW: { value: 'Low', description: 'Shown in plaintext, except for what people wrote.' },
  } as const,
})

export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'The sort direction.',
  values: {
    ASC: { value: 'asc', description: 'Ascending: smallest or earliest first.' },
    DESC: { value: 'desc', description: 'Descending: largest or latest first.' },
  } as const,
})

export const DateTimeRange = builder.inputType('DateTimeRange', {
  description: 'A time range, `from <= t < to`. Either bound can be omitted.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'The start, inclusive.' }),
    to: t.field({ type: 'DateTime', description: 'The end, exclusive.' }),
  }),
})

export const IntRange = builder.inputType('IntRange', {
  description: 'A range of whole numbers, `min <= n <= max`. Either bound can be omitted.',
  fields: (t) => ({
    min: t.int({ description: 'The minimum, inclusive.' }),
    max: t.int({ description: 'The maximum, inclusive.' }),
  }),
})
