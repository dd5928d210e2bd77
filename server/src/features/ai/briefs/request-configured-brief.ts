import type { DecryptSettingsDeps } from '../../settings/decrypt-settings.ts'
import type { Provider, ProviderAnswer, ProviderFailure } from '../model.ts'
import type { BookingFacts } from '../prompt.model.ts'
import { readConfigurationWithConsent } from '../read-configuration-with-consent.ts'
import { refusalOf } from '../terms.model.ts'
import { authorizeSending } from './authorize-sending.ts'
import { decryptProviderAccess } from './decrypt-provider-access.ts'
import type { ProviderDeps } from './provider.client.ts'

export type RequestConfiguredBriefDeps = DecryptSettingsDeps & ProviderDeps

/** The brief by the configured provider, or why there is none. */
export type ConfiguredBrief = Readonly<{ provider: Provider; model: string }> &
  (Readonly<{ answer: ProviderAnswer; failure: null }> | Readonly<{ answer: null; failure: ProviderFailure }>)

/**
 * Requests a brief from the provider of the pastor's active configuration, or else of the church's, if the pastor has
 * consented to it. Returns null if no configuration is active. The request goes to the address that the consent covers, with
 * a key bound to that address.
 */
export async function requestConfiguredBrief(
  deps: RequestConfiguredBriefDeps,
  input: Readonly<{ bookingId: string; ownerId: string; isHigh: boolean; facts: BookingFacts; signal?: AbortSignal }>,
): Promise<ConfiguredBrief | null> {
  const { bookingId, ownerId, signal } = input
  const configuration = await readConfigurationWithConsent(deps.database, ownerId)
  if (configuration === null) return null
  const { settings, baseUrl } = configuration
  const { provider, model } = settings
  const refusal = refusalOf(configuration, input)
  if (refusal !== null || baseUrl === null) {
    return { provider, model, answer: null, failure: refusal ?? 'NOT_CONFIGURED' }
  }
  const access = await decryptProviderAccess(deps, provider, baseUrl)
  if (access === null) return { provider, model, answer: null, failure: 'NOT_CONFIGURED' }
  const authorize = () => authorizeSending(deps, { bookingId, ownerId, configuration })
  // Loads the AI SDK with the first request.
  const { requestBrief } = await import('./request-brief.ts')
  const brief = await requestBrief(deps, input.facts, settings, access, { authorize, ...(signal && { signal }) })
  return { provider, model, ...brief }
}
