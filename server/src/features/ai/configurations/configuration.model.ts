import { z } from 'zod'
import { providers } from '../model.ts'
import { faultsOf } from '../prompt.model.ts'

const wholeNumber = (minimum: number, maximum: number) => {
  const message = `must be a whole number from ${minimum} to ${maximum}`
  return z.int({ error: message }).min(minimum, message).max(maximum, message)
}

const notModel = 'must be the name of a model, such as gpt-4o-mini or llama3.2, of at maximum 100 characters'
const notTemperature = 'must be a number from 0 to 2'

/** The editable fields. Migrations 000 and 590 enforce the same bounds in the database. */
const fields = {
  provider: z.enum(providers),
  model: z
    .string({ error: notModel })
    .trim()
    .regex(/^[\w.:/@-]{1,100}$/, notModel),
  maxTokens: wholeNumber(50, 32_000),
  temperature: z.number({ error: notTemperature }).min(0, notTemperature).max(2, notTemperature),
  promptTemplate: z.string().superRefine((template, check) => {
    for (const { code, message } of faultsOf(template))
      check.addIssue({ code: 'custom', message: `${code}: ${message}` })
  }),
  piiDetection: z.boolean(),
  retentionDays: wholeNumber(1, 3_650),
  isActive: z.boolean(),
}

/** A new configuration, with the defaults of omitted fields. */
export const newConfigurationFormat = z.object({
  ...fields,
  maxTokens: fields.maxTokens.default(1_000),
  temperature: fields.temperature.default(0.7),
  piiDetection: fields.piiDetection.default(true),
  retentionDays: fields.retentionDays.default(90),
  isActive: fields.isActive.default(true),
})

/** A partial update; omitted fields keep their values. */
export const configurationChangesFormat = z.object(fields).partial()

export type ConfigurationChanges = z.output<typeof configurationChangesFormat>
