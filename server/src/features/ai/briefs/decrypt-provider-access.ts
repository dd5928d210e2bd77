import { Secret } from '../../../platform/secret.ts'
import { readBoundSecret } from '../../settings/bound-secret.model.ts'
import { type DecryptSettingsDeps, decryptSettings } from '../../settings/decrypt-settings.ts'
import { effectiveValue } from '../../settings/registry.model.ts'
import type { Provider } from '../model.ts'
import type { ProviderAccess } from './provider.client.ts'

/**
 * Decrypts the API key for a provider's address. Returns null if no key is set or the key was entered for another address.
 * The local provider needs no key, but a key that is set must match the address too.
 *
 * @param baseUrl - the address the request is sent to, as checked by the caller
 */
export async function decryptProviderAccess(
  deps: DecryptSettingsDeps,
  provider: Provider,
  baseUrl: string,
): Promise<ProviderAccess | null> {
  for await (const { secret } of decryptSettings(deps, { in: [`ai.${provider}.apiKey`] })) {
    const { secret: apiKey, address } = readBoundSecret(secret.reveal())
    // Keys saved before keys were bound to an address are valid for the provider's default address only; the local provider
    // has none.
    const boundTo = address ?? effectiveValue(`ai.${provider}.baseUrl`, undefined)
    return boundTo === baseUrl ? { baseUrl, apiKey: new Secret(apiKey) } : null
  }
  return provider === 'local' ? { baseUrl, apiKey: null } : null
}
