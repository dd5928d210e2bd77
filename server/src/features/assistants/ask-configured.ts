import type { OpenSettingsDeps } from '../settings/open-settings.ts'
import { askForBrief } from './ask-for-brief.ts'
import type { Provider, ProviderAnswer, ProviderFailure } from './model.ts'
import { openProviderAccess } from './open-provider-access.ts'
import type { BookingFacts } from './prompt.model.ts'
import { findActiveConfiguration } from './reads.ts'

export type AskDeps = OpenSettingsDeps

/** What the configured provider made of a booking, or why it was not used. */
export type ConfiguredBrief = Readonly<{ provider: Provider; model: string }> &
  (Readonly<{ answer: ProviderAnswer; failure: null }> | Readonly<{ answer: null; failure: ProviderFailure }>)

/**
 * Asks the provider of the pastor's active configuration, or of the church's. Null where nobody is configured. What is High
 * goes to nobody unless the pastor has said so for that configuration.
 */
export async function askConfigured(
  deps: AskDeps,
  input: Readonly<{ ownerId: string; isHigh: boolean; facts: BookingFacts; signal?: AbortSignal }>,
): Promise<ConfiguredBrief | null> {
  const configuration = await findActiveConfiguration(deps.database, input.ownerId)
  if (configuration === null) return null
  const { provider, model } = configuration
  if (input.isHigh && !configuration.mayGetHighSensitivity) {
    return { provider, model, answer: null, failure: 'HIGH_SENSITIVITY' }
  }
  const access = await openProviderAccess(deps, provider)
  if (access === null) return { provider, model, answer: null, failure: 'NOT_CONFIGURED' }
  const asked = await askForBrief(input.facts, configuration, access, input.signal ? { signal: input.signal } : {})
  return { provider, model, ...asked }
}
