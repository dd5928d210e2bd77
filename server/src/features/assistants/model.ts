import { z } from 'zod'

/** Who may write a brief beside the rules: schema.md, `ai_configurations.provider`. */
export const providers = ['openai', 'anthropic', 'local'] as const

export type Provider = (typeof providers)[number]

/** How a provider is asked. */
export type ModelSettings = Readonly<{
  provider: Provider
  model: string
  /** Of the answer. */
  maxTokens: number
  /** 0 for the same words each time, up to 2. */
  temperature: number
  promptTemplate: string
  /** Whether names, addresses and numbers are placeholders before a provider sees a word. */
  piiDetection: boolean
}>

/**
 * Why a provider's brief was not used, as it stands in the clear metadata of the brief that the rules wrote instead.
 * `WRONG_KEY`, `UNKNOWN_MODEL`, `RATE_LIMITED`, `REFUSED` (a 4xx of another kind, or the provider's own filter), `FAILED`
 * (a 5xx), `UNREACHABLE`, `TIMEOUT`; `BAD_ANSWER`: not what was asked for; `INVENTED_PLACEHOLDER`: it names somebody whom
 * nobody named; `NOT_CONFIGURED`: no key or no address; `ADDRESS_REFUSED`: not among the allowed ones.
 */
export const providerFailures = [
  'WRONG_KEY',
  'UNKNOWN_MODEL',
  'RATE_LIMITED',
  'REFUSED',
  'FAILED',
  'UNREACHABLE',
  'TIMEOUT',
  'BAD_ANSWER',
  'INVENTED_PLACEHOLDER',
  'NOT_CONFIGURED',
  'ADDRESS_REFUSED',
] as const

export type ProviderFailure = (typeof providerFailures)[number]

/** What a provider is asked for. Without bounds: not every provider takes a schema that has some. */
export const askedAnswerSchema = z.strictObject({
  about: z.string().describe('One or two plain sentences: what the person comes for, in the third person.'),
  asksFor: z.string().nullable().describe('What the person asks the pastor to do, in one sentence. Null if nothing.'),
  goodToKnow: z.array(z.string()).describe('At most four short facts from the form that help to prepare.'),
})

const line = (longest: number) => z.string().trim().min(1).max(longest)

/** What is taken of its answer. Lengths in characters. */
export const providerAnswerSchema = z.strictObject({
  about: line(600),
  asksFor: line(300).nullable(),
  goodToKnow: z.array(line(200)).max(4),
})

export type ProviderAnswer = Readonly<z.infer<typeof providerAnswerSchema>>
