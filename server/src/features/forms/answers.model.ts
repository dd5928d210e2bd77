import { z } from 'zod'

/** One question of a booking form and what was answered. `label` may be one of Cal.com's i18n keys. */
const answerSchema = z.object({ slug: z.string(), label: z.string(), values: z.array(z.string()) })

export type Answer = Readonly<z.infer<typeof answerSchema>>

/** What `form_responses.encryptedData` seals, as JSON. */
export const formAnswersSchema = z.object({ version: z.literal(1), answers: z.array(answerSchema) })

export type FormAnswers = Readonly<z.infer<typeof formAnswersSchema>>
