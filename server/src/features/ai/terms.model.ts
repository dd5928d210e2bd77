import { createHash } from 'node:crypto'
import type { ModelSettings, Provider, ProviderFailure } from './model.ts'

/** The terms that a pastor agrees to as a whole. Any change needs a new consent. */
export type AiTerms = Readonly<{
  provider: Provider
  model: string
  /** The address that texts are sent to. */
  baseUrl: string
  /** SHA-256 (hex) of the prompt template. */
  templateDigest: string
  /** Whether names, addresses and numbers are masked. */
  piiDetection: boolean
}>

/** A pastor's consent: the terms agreed to. `lapsedAt` is set if any of them has changed since. */
export type AiConsent = AiTerms & Readonly<{ includesHighSensitivity: boolean; createdAt: Date; lapsedAt: Date | null }>

/** A configuration with its provider's address and its pastor's consent. */
export type ConfigurationWithConsent = Readonly<{
  id: string
  /** The pastor, or null for the whole church. */
  userId: string | null
  settings: ModelSettings
  /** Null if no address is set. */
  baseUrl: string | null
  consent: AiConsent | null
}>

/** The terms of a configuration. Null if it has no address. */
export function termsOf({ settings, baseUrl }: Pick<ConfigurationWithConsent, 'settings' | 'baseUrl'>): AiTerms | null {
  if (baseUrl === null) return null
  const { provider, model, promptTemplate, piiDetection } = settings
  const templateDigest = createHash('sha256').update(promptTemplate, 'utf8').digest('hex')
  return { provider, model, baseUrl, templateDigest, piiDetection }
}

/**
 * A digest that identifies terms in the API. A client sends it back on consent, so nobody agrees to terms that have changed
 * since.
 */
export function digestOfTerms(terms: AiTerms): string {
  const { provider, model, baseUrl, templateDigest, piiDetection } = terms
  const text = JSON.stringify([provider, model, baseUrl, templateDigest, piiDetection])
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

const parts = {
  provider: 'PROVIDER',
  model: 'MODEL',
  baseUrl: 'ADDRESS',
  templateDigest: 'TEMPLATE',
  piiDetection: 'MASKING',
} as const satisfies Record<keyof AiTerms, string>

/** A part of the terms, by its name in the API. */
export type TermsPart = (typeof parts)[keyof AiTerms]

/** The parts in which two sets of terms differ. */
export function differencesOf(agreed: AiTerms, now: AiTerms): TermsPart[] {
  const names = Object.keys(parts) as (keyof AiTerms)[] // Object.keys of a literal returns exactly its keys
  return names.filter((name) => agreed[name] !== now[name]).map((name) => parts[name])
}

export type ConsentState = 'not_given' | 'in_force' | 'lapsed'

/**
 * Whether a consent covers the current terms. Compares them instead of trusting `lapsedAt` alone, because terms may be
 * changed outside the API.
 */
export function consentStateOf(
  configuration: Pick<ConfigurationWithConsent, 'settings' | 'baseUrl' | 'consent'>,
): ConsentState {
  const { consent } = configuration
  if (consent === null) return 'not_given'
  const terms = termsOf(configuration)
  const isTheSame = terms !== null && differencesOf(consent, terms).length === 0
  return isTheSame && consent.lapsedAt === null ? 'in_force' : 'lapsed'
}

/** Why nothing of a booking may be sent with a configuration, or null if it may. */
export function refusalOf(
  configuration: ConfigurationWithConsent,
  { isHigh }: Readonly<{ isHigh: boolean }>,
): ProviderFailure | null {
  if (configuration.baseUrl === null) return 'NOT_CONFIGURED'
  const state = consentStateOf(configuration)
  if (state === 'not_given') return 'NO_CONSENT'
  if (state === 'lapsed') return 'CONSENT_LAPSED'
  return isHigh && configuration.consent?.includesHighSensitivity !== true ? 'HIGH_SENSITIVITY' : null
}
