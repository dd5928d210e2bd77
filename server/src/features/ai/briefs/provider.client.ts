import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, generateText, type LanguageModel, Output } from 'ai'
import { ForbiddenAddressError, ResponseTooLargeError } from '../../../platform/http/guarded-fetch.ts'
import type { Secret } from '../../../platform/secret.ts'
import { type ModelSettings, type ProviderFailure, requestedAnswerSchema } from '../model.ts'

/** A provider's address and API key. The key is null for a local server without one. */
export type ProviderAccess = Readonly<{ baseUrl: string; apiKey: Secret | null }>

/** `providerFetch` follows no redirects and connects only to addresses that the operator allows. */
export type ProviderDeps = Readonly<{
  providerFetch: typeof fetch
  /** How long a brief may take, retries included. Default 15,000. */
  providerTimeoutMs?: number
}>

/** The provider returned nothing usable. `failure` is the reason; the message never quotes the response. */
export class ProviderError extends Error {
  readonly failure: ProviderFailure
  constructor(failure: ProviderFailure) {
    super(`The provider gave no brief: ${failure}.`)
    this.failure = failure
  }
}

/** The default time limit of a brief, in milliseconds. */
export const defaultTimeoutMs = 15_000

// Otherwise the AI SDK prints warnings to stdout, outside the structured log.
globalThis.AI_SDK_LOG_WARNINGS = false

/**
 * Sends one request for a brief through the AI SDK, in the provider's own protocol. The result has the requested shape;
 * `readAnswer` validates its content.
 *
 * @throws ProviderError with the reason as a code
 */
export async function callProvider(
  { providerFetch }: ProviderDeps,
  settings: Omit<ModelSettings, 'promptTemplate' | 'piiDetection'>,
  access: ProviderAccess,
  question: Readonly<{ instructions: string; prompt: string; timeoutMs?: number; signal?: AbortSignal }>,
): Promise<unknown> {
  const timeout = AbortSignal.timeout(question.timeoutMs ?? defaultTimeoutMs)
  try {
    const { output } = await generateText({
      model: modelOf(settings, access, providerFetch),
      instructions: question.instructions,
      prompt: question.prompt,
      output: Output.object({ schema: requestedAnswerSchema, name: 'brief' }),
      maxOutputTokens: settings.maxTokens,
      temperature: settings.temperature,
      // The caller retries, because it knows which failures are permanent. Telemetry is off: traces would contain the
      // prompt.
      maxRetries: 0,
      abortSignal: question.signal === undefined ? timeout : AbortSignal.any([timeout, question.signal]),
      telemetry: { isEnabled: false },
    })
    return output
  } catch (error) {
    throw new ProviderError(timeout.aborted ? 'TIMEOUT' : failureOf(error))
  }
}

function modelOf(
  { provider, model }: Pick<ModelSettings, 'provider' | 'model'>,
  access: ProviderAccess,
  providerFetch: typeof fetch,
): LanguageModel {
  // Never undefined: the AI SDK would fall back to environment variables.
  const apiKey = access.apiKey?.reveal() ?? 'none'
  const options = { baseURL: access.baseUrl, apiKey, fetch: providerFetch }
  switch (provider) {
    case 'openai':
      return createOpenAI(options).chat(model)
    case 'anthropic':
      return createAnthropic(options)(model)
    case 'local':
      return createOpenAICompatible({ ...options, name: 'local', supportsStructuredOutputs: true })(model)
  }
}

function failureOf(error: unknown): ProviderFailure {
  const causes = causesOf(error)
  if (causes.some((cause) => cause instanceof ForbiddenAddressError)) return 'ADDRESS_REFUSED'
  if (causes.some((cause) => cause instanceof ResponseTooLargeError)) return 'BAD_ANSWER'
  const call = causes.find((cause) => APICallError.isInstance(cause))
  if (call === undefined) return causes.some(isNetworkError) ? 'UNREACHABLE' : 'BAD_ANSWER'
  const { statusCode } = call
  if (statusCode === undefined) return 'UNREACHABLE'
  if (statusCode === 401 || statusCode === 403) return 'WRONG_KEY'
  if (statusCode === 404) return 'UNKNOWN_MODEL'
  if (statusCode === 429) return 'RATE_LIMITED'
  if (statusCode >= 500) return 'FAILED'
  // Redirects are not followed. A 2xx status here means that the response body could not be parsed.
  return statusCode >= 300 ? 'REFUSED' : 'BAD_ANSWER'
}

function isNetworkError(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    'code' in cause &&
    /^(?:E[A-Z_]+|UND_ERR|CERT_|SELF_SIGNED|DEPTH_ZERO)/.test(String(cause.code))
  )
}

function causesOf(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : []
}
