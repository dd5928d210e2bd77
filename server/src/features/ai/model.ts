import { z } from 'zod'

/** The providers that a configuration can name (`ai_configurations.provider`). */
export const providers = ['openai', 'anthropic', 'local'] as const

export type Provider = (typeof providers)[number]

/** The parameters of a request to a provider. */
export type ModelSettings = Readonly<{
  provider: Provider
  model: string
  /** The maximum length of the response. */
  maxTokens: number
  /** The sampling temperature, from 0 (deterministic) to 2. */
  temperature: number
  promptTemplate: string
  /** Whether names, addresses and numbers are replaced by placeholders before anything is sent. */
  piiDetection: boolean
}>

/** Why a provider's brief was not used. The code is stored with the rule-based brief that was written instead. */
const failures = {
  WRONG_KEY: 'The provider does not take the key.',
  UNKNOWN_MODEL: 'The provider has no such model, or the address is not its own.',
  RATE_LIMITED: 'The provider takes no more requests for now.',
  REFUSED: 'The provider refused the request.',
  FAILED: 'The provider failed.',
  UNREACHABLE: 'Nobody answers at the address, or the connection broke.',
  TIMEOUT: 'No answer within thirty seconds.',
  BAD_ANSWER: 'The answer was no brief.',
  INVENTED_PLACEHOLDER: 'The answer names somebody whom nobody named.',
  NOT_CONFIGURED:
    'The settings have no key for this address, or no address. A key must be entered again after its address changes.',
  ADDRESS_REFUSED:
    'The address is not on the public internet. The operator of the server can allow it with AI_ALLOWED_NETWORKS.',
  NO_CONSENT: 'The pastor has not agreed to this configuration. Nothing was sent.',
  CONSENT_LAPSED:
    'The provider, model, address, template or masking changed after the pastor agreed. Nothing was sent.',
  HIGH_SENSITIVITY:
    'The booking is High or anonymous, and its pastor has not agreed to send those by this configuration.',
  NOT_RECORDED: 'The audit log could not record what was about to be sent, so nothing was sent.',
} as const

export type ProviderFailure = keyof typeof failures

/** Parses a stored code. Null if there is none or it is unknown. */
export function failureOf(code: string | undefined): ProviderFailure | null {
  return providerFailures.find((failure) => failure === code) ?? null
}

const providerFailures = Object.keys(failures) as ProviderFailure[] // Object.keys of a literal returns exactly its keys

type Described<Code extends string> = { [C in Code]: { value: C; description: string } }

/** The codes as the values of a GraphQL enum, with descriptions. */
export const describedFailures = Object.fromEntries(
  providerFailures.map((value) => [value, { value, description: failures[value] }]),
) as Described<ProviderFailure> // each code is its own name and value

/** The response schema sent to a provider. Without bounds, because not every provider supports them. */
export const requestedAnswerSchema = z.strictObject({
  about: z.string().describe('One or two plain sentences: what the person comes for, in the third person.'),
  asksFor: z.string().nullable().describe('What the person asks the pastor to do, in one sentence. Null if nothing.'),
  goodToKnow: z.array(z.string()).describe('At most four short facts from the form that help to prepare.'),
})

const line = (maxLength: number) => z.string().trim().min(1).max(maxLength)

/** The schema that an answer is validated against. Lengths in characters. */
export const providerAnswerSchema = z.strictObject({
  about: line(600),
  asksFor: line(300).nullable(),
  goodToKnow: z.array(line(200)).max(4),
})

export type ProviderAnswer = Readonly<z.infer<typeof providerAnswerSchema>>
