import { type OpenSettingsDeps, openSettings } from '../settings/open-settings.ts'
import { readSetting } from '../settings/reads.ts'
import type { Provider } from './model.ts'
import type { ProviderAccess } from './provider.client.ts'

/**
 * Where a provider is and the key to it, from the settings. Null where it can't be asked: no key, or no address for the
 * church's own server, which needs no key.
 */
export async function openProviderAccess(deps: OpenSettingsDeps, provider: Provider): Promise<ProviderAccess | null> {
  const { value: baseUrl } = await readSetting(deps.database, `ai.${provider}.baseUrl`)
  if (baseUrl === null) return null
  const keys = openSettings(deps, { in: [`ai.${provider}.apiKey`] })
  for await (const { secret } of keys) return { baseUrl, apiKey: secret }
  return provider === 'local' ? { baseUrl, apiKey: null } : null
}
