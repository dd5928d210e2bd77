import type { DecryptSettingsDeps } from '../../settings/decrypt-settings.ts'
import type { Provider, ProviderAnswer, ProviderFailure } from '../model.ts'
import type { BookingFacts } from '../prompt.model.ts'
import { readOffer } from '../read-offer.ts'
import { refusalOf } from '../terms.model.ts'
import { authorizeSending } from './authorize-sending.ts'
import { decryptProviderAccess } from './decrypt-provider-access.ts'
import type { ProviderDeps } from './provider.client.ts'
import { requestBrief } from './request-brief.ts'

export type RequestConfiguredBriefDeps = DecryptSettingsDeps & ProviderDeps

/** What the configured provider made of a booking, or why it was not used. */
export type ConfiguredBrief = Readonly<{ provider: Provider; model: string }> &
  (Readonly<{ answer: ProviderAnswer; failure: null }> | Readonly<{ answer: null; failure: ProviderFailure }>)

/**
 * Asks the provider of the pastor's active configuration, or of the church's, as far as the pastor has agreed to it. Null
 * where there is none. The address that the consent is compared with is the one that is asked, with a key that is kept for it.
 */
export async function requestConfiguredBrief(
  deps: RequestConfiguredBriefDeps,
  input: Readonly<{ bookingId: string; ownerId: string; isHigh: boolean; facts: BookingFacts; signal?: AbortSignal }>,
): Promise<ConfiguredBrief | null> {
  const { bookingId, ownerId, signal } = input
  const offer = await readOffer(deps.database, ownerId)
  if (offer === null) return null
  const { settings, baseUrl } = offer
  const { provider, model } = settings
  const refusal = refusalOf(offer, input)
  if (refusal !== null || baseUrl === null) {
    return { provider, model, answer: null, failure: refusal ?? 'NOT_CONFIGURED' }
  }
  const access = await decryptProviderAccess(deps, provider, baseUrl)
  if (access === null) return { provider, model, answer: null, failure: 'NOT_CONFIGURED' }
  const authorize = () => authorizeSending(deps, { bookingId, ownerId, offer })
  const asked = await requestBrief(deps, input.facts, settings, access, { authorize, ...(signal && { signal }) })
  return { provider, model, ...asked }
}
