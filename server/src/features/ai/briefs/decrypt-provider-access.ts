import { Secret } from '../../../platform/secret.ts'
import { readBoundSecret } from '../../settings/bound-secret.model.ts'
import { type DecryptSettingsDeps, decryptSettings } from '../../settings/decrypt-settings.ts'
import { effectiveValue } from '../../settings/registry.model.ts'
import type { Provider } from '../model.ts'
import type { ProviderAccess } from './provider.client.ts'

/**
 * The key to a provider at an address. Null where it can't be asked: no key, or one that was entered for another address. The
 * church's own server needs no key, but one that is set must be for this address too.
 *
 * @param baseUrl - the address that the request goes to, as the caller checked it
 */
export async function decryptProviderAccess(
  deps: DecryptSettingsDeps,
  provider: Provider,
  baseUrl: string,
): Promise<ProviderAccess | null> {
  for await (const { secret } of decryptSettings(deps, { in: [`ai.${provider}.apiKey`] })) {
    const { secret: apiKey, address } = readBoundSecret(secret.reveal())
    // A key from before keys were bound is for the provider's own address; the local server has none.
    const keptFor = address ?? effectiveValue(`ai.${provider}.baseUrl`, undefined)
    return keptFor === baseUrl ? { baseUrl, apiKey: new Secret(apiKey) } : null
  }
  return provider === 'local' ? { baseUrl, apiKey: null } : null
}
