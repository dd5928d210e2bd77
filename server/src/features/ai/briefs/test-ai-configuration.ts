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

/** The result of a request for the example booking. */
export type AiTestOutcome = Readonly<{
  failure: ProviderFailure | null
  /** The answer took longer than a pastor waiting for it would accept. */
  isSlow: boolean
  tookMilliseconds: number
  answer: ProviderAnswer | null
}>

/** Answers that take this long count as slow, in milliseconds. */
const slowFromMs = 10_000

/**
 * Sends the example booking to a configuration's provider and reports the outcome. No consent is needed, because no real
 * booking is sent.
 *
 * @throws NotFoundError; ForbiddenError if the viewer may only read the configuration
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
  // Loads the AI SDK with the first request.
  const { requestBrief } = await import('./request-brief.ts')
  const { answer, failure } = await requestBrief(deps, exampleBooking, settings, access)
  // Return the same result whether or not something listens there, so that this can't be used to scan networks the operator
  // has not allowed.
  if (failure === 'ADDRESS_REFUSED') return { failure, isSlow: false, tookMilliseconds: 0, answer: null }
  const tookMilliseconds = deps.clock.now().getTime() - startedAt
  return { failure, isSlow: tookMilliseconds >= slowFromMs, tookMilliseconds, answer }
}
