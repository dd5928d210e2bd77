import type { Viewer } from '../../../core/access/viewer.ts'
import type { Clock } from '../../../platform/clock.ts'
import { ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import type { DecryptSettingsDeps } from '../../settings/decrypt-settings.ts'
import { readSetting } from '../../settings/reads.ts'
import type { ProviderAnswer, ProviderFailure } from '../model.ts'
import { mayReadConfiguration, mayWriteConfiguration } from '../policy.ts'
import { findConfiguration } from '../reads.ts'
import { decryptProviderAccess } from './decrypt-provider-access.ts'
import { exampleBooking } from './example.model.ts'
import type { ProviderDeps } from './provider.client.ts'
import { requestBrief } from './request-brief.ts'

/** What a provider did with the made-up booking. */
export type AiTestOutcome = Readonly<{
  failure: ProviderFailure | null
  /** The answer took longer than a pastor at the door can wait for. */
  isSlow: boolean
  tookMilliseconds: number
  answer: ProviderAnswer | null
}>

/** Milliseconds from which on an answer is slow. */
const slowFromMs = 10_000

/**
 * Asks the provider of a configuration for a brief of a made-up booking, and tells what became of it. Nothing of a real
 * booking is sent, so it needs nobody's consent.
 *
 * @throws NotFoundError, ForbiddenError for whoever may only read it
 */
export async function testAiConfiguration(
  deps: DecryptSettingsDeps & ProviderDeps & Readonly<{ clock: Clock }>,
  viewer: Viewer,
  configurationId: string,
): Promise<AiTestOutcome> {
  const configuration = isUuid(configurationId) ? await findConfiguration(deps.database, configurationId) : null
  if (configuration === null || !mayReadConfiguration(viewer, configuration)) throw new NotFoundError()
  if (!mayWriteConfiguration(viewer, configuration)) throw new ForbiddenError()
  const { value: baseUrl } = await readSetting(deps.database, `ai.${configuration.provider}.baseUrl`)
  const access = baseUrl === null ? null : await decryptProviderAccess(deps, configuration.provider, baseUrl)
  if (access === null) return { failure: 'NOT_CONFIGURED', isSlow: false, tookMilliseconds: 0, answer: null }
  const startedAt = deps.clock.now().getTime()
  const settings = { ...configuration, temperature: configuration.temperature.toNumber() }
  const { answer, failure } = await requestBrief(deps, exampleBooking, settings, access)
  // The same answer whatever listens there: nobody learns of a network that the operator has not allowed.
  if (failure === 'ADDRESS_REFUSED') return { failure, isSlow: false, tookMilliseconds: 0, answer: null }
  const tookMilliseconds = deps.clock.now().getTime() - startedAt
  return { failure, isSlow: tookMilliseconds >= slowFromMs, tookMilliseconds, answer }
}
