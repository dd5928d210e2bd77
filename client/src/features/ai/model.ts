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
  WRONG_KEY: 'The provider rejected the key. An admin can replace it in the settings.',
  UNKNOWN_MODEL: 'The provider has no model with this name, or the address in the settings is wrong.',
  RATE_LIMITED: 'The provider’s rate limit was reached. Try again later.',
  REFUSED: 'The provider refused the request. Check the model’s name and the address in the settings.',
  FAILED: 'The provider failed. Try again in a moment.',
  UNREACHABLE: 'The address in the settings can’t be reached.',
  TIMEOUT: 'No response within 30 seconds. A smaller model may be faster.',
  BAD_ANSWER: 'The response wasn’t a valid summary. Another model may follow the prompt better.',
  INVENTED_PLACEHOLDER: 'The response named a person who wasn’t in the prompt. Another model may be more accurate.',
  NOT_CONFIGURED:
    'There is no address, or no key for this address. An admin can set them in the settings. When the address changes, the key must be entered again.',
  ADDRESS_REFUSED:
    'The address in the settings isn’t on the public internet. The operator of the server can allow it with AI_ALLOWED_NETWORKS.',
  NO_CONSENT: 'The pastor hasn’t agreed to this model. Nothing was sent.',
  CONSENT_LAPSED: 'The terms have changed since the pastor agreed. Nothing was sent.',
  HIGH_SENSITIVITY: 'The pastor hasn’t agreed to send bookings with high sensitivity.',
  NOT_RECORDED: 'The audit log couldn’t record it, so nothing was sent. Try again in a moment.',
}

/** The result of a test, in a sentence. */
export function testResultText({ failure, isSlow, tookMilliseconds }: TestResult): string {
  if (failure !== null) return failureMessages[failure]
  const took = `It responded in ${(tookMilliseconds / 1000).toFixed(1)} seconds`
  return isSlow ? `${took}. That is slow: summaries may be delayed.` : `${took}.`
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
  if (names.length === 0) return 'The terms you agreed to were changed, and then changed back.'
  const last = names.at(-1)
  const listed = names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
  return `The ${listed} changed since you agreed.`
}

/** How many pastors have agreed, in a sentence. */
export function agreedMessage(count: number): string {
  if (count === 0) return 'No pastor has agreed yet.'
  return count === 1 ? '1 pastor has agreed.' : `${count} pastors have agreed.`
}
