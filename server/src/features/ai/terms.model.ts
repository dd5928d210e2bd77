import { createHash } from 'node:crypto'
import type { ModelSettings, Provider, ProviderFailure } from './model.ts'

/** What a pastor agrees to, all of it together: another value of any of them is another question. */
export type AiTerms = Readonly<{
  provider: Provider
  model: string
  /** Where the texts are sent. */
  baseUrl: string
  /** SHA-256 (hex) of the template. */
  templateDigest: string
  /** Whether names, addresses and numbers are masked. */
  piiDetection: boolean
}>

/** What a pastor agreed to, and whether it was changed since. */
export type AiConsent = AiTerms & Readonly<{ includesHighSensitivity: boolean; createdAt: Date; lapsedAt: Date | null }>

/** A configuration as it stands, where it would send to, and what its pastor agreed to. */
export type AiOffer = Readonly<{
  id: string
  /** Null: the whole church's. */
  userId: string | null
  settings: ModelSettings
  /** Null where no address is set. */
  baseUrl: string | null
  consent: AiConsent | null
}>

/** The terms of an offer, or null where there is no address to agree to. */
export function termsOf({ settings, baseUrl }: Pick<AiOffer, 'settings' | 'baseUrl'>): AiTerms | null {
  if (baseUrl === null) return null
  const { provider, model, promptTemplate, piiDetection } = settings
  const templateDigest = createHash('sha256').update(promptTemplate, 'utf8').digest('hex')
  return { provider, model, baseUrl, templateDigest, piiDetection }
}

/** What names terms in the API: who agrees sends it back, so that nobody agrees to what was changed meanwhile. */
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

/** In what two sets of terms differ; nothing where they are the same. */
export function differencesOf(agreed: AiTerms, now: AiTerms): TermsPart[] {
  const names = Object.keys(parts) as (keyof AiTerms)[] // the keys of a literal are its keys
  return names.filter((name) => agreed[name] !== now[name]).map((name) => parts[name])
}

export type ConsentState = 'not_given' | 'in_force' | 'lapsed'

/** Whether a consent still is to what would be done now. Compared, so that no path past the API can keep one alive. */
export function consentStateOf(offer: Pick<AiOffer, 'settings' | 'baseUrl' | 'consent'>): ConsentState {
  const { consent } = offer
  if (consent === null) return 'not_given'
  const terms = termsOf(offer)
  const isTheSame = terms !== null && differencesOf(consent, terms).length === 0
  return isTheSame && consent.lapsedAt === null ? 'in_force' : 'lapsed'
}

/** Why nothing of a booking may be sent by an offer, or null where it may. */
export function refusalOf(offer: AiOffer, { isHigh }: Readonly<{ isHigh: boolean }>): ProviderFailure | null {
  if (offer.baseUrl === null) return 'NOT_CONFIGURED'
  const state = consentStateOf(offer)
  if (state === 'not_given') return 'NO_CONSENT'
  if (state === 'lapsed') return 'CONSENT_LAPSED'
  return isHigh && offer.consent?.includesHighSensitivity !== true ? 'HIGH_SENSITIVITY' : null
}
