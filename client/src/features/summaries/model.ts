import type { AiFailure, AiProvider } from '../../gql/graphql.ts'

/** How a brief was written. */
export type BriefMetadata = Readonly<{
  method: 'RULE_BASED' | 'AI_GENERATED'
  provider: AiProvider | null
  model: string | null
  fallbackReason: AiFailure | null
}>

const providerNames: Readonly<Record<AiProvider, string>> = {
  OPENAI: 'OpenAI',
  ANTHROPIC: 'Anthropic',
  LOCAL: 'the church’s own server',
}

const reasons: Readonly<Record<AiFailure, string>> = {
  ADDRESS_REFUSED: 'the operator hasn’t allowed the model’s address',
  BAD_ANSWER: 'the model’s response wasn’t a valid brief',
  CONSENT_LAPSED: 'the terms have changed since you agreed',
  FAILED: 'the model’s server failed',
  HIGH_SENSITIVITY: 'you haven’t agreed to send high sensitivity',
  INVENTED_PLACEHOLDER: 'the model named a person who wasn’t in the prompt',
  NOT_CONFIGURED: 'the model’s key or address is missing in the settings',
  NOT_RECORDED: 'the audit log couldn’t record what would be sent',
  NO_CONSENT: 'you haven’t agreed to the model',
  RATE_LIMITED: 'the model’s rate limit was reached',
  REFUSED: 'the model’s server refused the request',
  TIMEOUT: 'the model took too long',
  UNKNOWN_MODEL: 'the model’s server has no such model',
  UNREACHABLE: 'the model’s server could not be reached',
  WRONG_KEY: 'the model’s server rejected the key',
}

/** "by rules", "by llama3.2 on the church’s own server", "by rules, because the model took too long". */
export function writtenBy({ method, provider, model, fallbackReason }: BriefMetadata): string {
  if (method === 'AI_GENERATED')
    return provider === null || model === null ? 'by AI' : `by ${model} (${providerNames[provider]})`
  return fallbackReason === null ? 'by rules' : `by rules, because ${reasons[fallbackReason]}`
}
