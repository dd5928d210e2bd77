import { z } from 'zod'

/** A question of a booking form with its answers. `label` can be one of Cal.com's i18n keys. */
const answerSchema = z.object({ slug: z.string(), label: z.string(), values: z.array(z.string()) })

export type Answer = Readonly<z.infer<typeof answerSchema>>

/** The JSON that `form_responses.encryptedData` contains when decrypted. */
export const formAnswersSchema = z.object({ version: z.literal(1), answers: z.array(answerSchema) })

export type FormAnswers = Readonly<z.infer<typeof formAnswersSchema>>
