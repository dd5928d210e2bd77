import type { AiFailure, AiProvider, AiTermsPart, AssistantFragment, TestAssistantMutation } from '../../gql/graphql.ts'

/** How a language model writes summaries: for one pastor, or for the church. */
export type Configuration = AssistantFragment

/** The result of a test. */
export type TestResult = TestAssistantMutation['testAiConfiguration']

export const providerLabels: Readonly<Record<AiProvider, string>> = {
  LOCAL: 'The church’s own server',
  OPENAI: 'OpenAI',
  ANTHROPIC: 'Anthropic',
}

const isProvider = (text: string): text is AiProvider => Object.hasOwn(providerLabels, text)

/** What is wrong, and what to do about it. */
export const failureMessages: Readonly<Record<AiFailure, string>> = {
  WRONG_KEY: 'The provider does not take the key. An admin replaces it in the settings.',
  UNKNOWN_MODEL: 'The provider has no model of this name, or the address in the settings is not its own.',
  RATE_LIMITED: 'The provider takes no more requests for now. Try again later.',
  REFUSED: 'The provider refused the request. Look at the model’s name and the address in the settings.',
  FAILED: 'The provider failed. Try again in a moment.',
  UNREACHABLE: 'Nobody answers at the address in the settings.',
  TIMEOUT: 'No answer within thirty seconds. A smaller model may be faster.',
  BAD_ANSWER: 'The answer was no summary. Another model may follow the question better.',
  INVENTED_PLACEHOLDER: 'The answer named somebody whom nobody had named. Another model may keep to what it is told.',
  NOT_CONFIGURED:
    'There is no address, or no key for this address. An admin sets them in the settings; a key is entered again after its address changes.',
  ADDRESS_REFUSED:
    'The address in the settings isn’t on the public internet. The operator of the server can allow it with AI_ALLOWED_NETWORKS.',
  NO_CONSENT: 'The pastor hasn’t agreed to this model. Nothing was sent.',
  CONSENT_LAPSED: 'What the pastor agreed to has changed since. Nothing was sent.',
  HIGH_SENSITIVITY: 'The pastor hasn’t agreed to send bookings of high sensitivity.',
  NOT_RECORDED: 'The audit log couldn’t record it, so nothing was sent. Try again in a moment.',
}

/** The result of a test, in a sentence. */
export function testResultText({ failure, isSlow, tookMilliseconds }: TestResult): string {
  if (failure !== null) return failureMessages[failure]
  const took = `It answered in ${(tookMilliseconds / 1000).toFixed(1)} seconds`
  return isSlow ? `${took}. That is slow: a summary may come late.` : `${took}.`
}

/** The form's values as the API's input. */
export function inputOf(form: FormData) {
  const text = (name: string) => String(form.get(name) ?? '')
  const provider = text('provider')
  return {
    provider: isProvider(provider) ? provider : ('LOCAL' as const),
    model: text('model').trim(),
    maxTokens: Number(text('maxTokens')),
    temperature: Number(text('temperature')),
    promptTemplate: text('promptTemplate'),
    piiDetection: form.get('piiDetection') !== null,
    retentionDays: Number(text('retentionDays')),
    isActive: form.get('isActive') !== null,
  }
}

/** A part of a preview; `isPlaceholder`: it replaces personal data. */
export type Segment = Readonly<{ text: string; isPlaceholder: boolean }>

/** Splits a preview into placeholders and other text. */
export function segmentsOf(prompt: string): Segment[] {
  return prompt
    .split(/(\[[A-Z]+_\d+\])/)
    .filter((text) => text !== '')
    .map((text) => ({ text, isPlaceholder: /^\[[A-Z]+_\d+\]$/.test(text) }))
}

const partWords: Readonly<Record<AiTermsPart, string>> = {
  PROVIDER: 'provider',
  MODEL: 'model',
  ADDRESS: 'address',
  TEMPLATE: 'question',
  MASKING: 'masking',
}

/** Why a consent lapsed, in a sentence. */
export function lapsedMessage(parts: readonly AiTermsPart[]): string {
  const names = parts.map((part) => partWords[part])
  if (names.length === 0) return 'Something you agreed to changed, and was changed back.'
  const last = names.at(-1)
  const listed = names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
  return `The ${listed} changed since you agreed.`
}

/** How many pastors have agreed, in a sentence. */
export function agreedMessage(count: number): string {
  if (count === 0) return 'No pastor has agreed yet.'
  return count === 1 ? '1 pastor has agreed.' : `${count} pastors have agreed.`
}
