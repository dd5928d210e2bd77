import { z } from 'zod'
import { isTimeZone } from '../../platform/time-zone.ts'

/** What a value is, for whoever builds a form for it. */
type SettingKind = 'whole_number' | 'text'

/** One setting that the house knows: what it means, what it may be, and what holds while nobody has set it. */
export type SettingDefinition<T = unknown, Unset = unknown> = Readonly<{
  kind: SettingKind
  /** For people: what it does, and what it is while nobody has set it. */
  meaning: string
  format: z.ZodType<T>
  unset: Unset
  /** Sealed in the database; it goes in and never comes out. */
  isSealed: boolean
  /** Changed only by an admin's fresh session, never by an API token: it directs words, or ends what is on record of them. */
  needsFreshSession: boolean
  /** The setting with the address that a key is kept for; it is sent to no other. Null for what is no key. */
  boundTo: `ai.${string}.baseUrl` | null
  /** The bounds of a whole number. */
  least: number | null
  most: number | null
}>

function wholeNumber<Unset extends number | null>(
  given: Readonly<{ meaning: string; least: number; most: number; unset: Unset; needsFreshSession?: boolean }>,
): SettingDefinition<number, Unset> {
  const { least, most } = given
  const message = `must be a whole number from ${least} to ${most}`
  const format = z.int({ error: message }).min(least, message).max(most, message)
  return { kind: 'whole_number', isSealed: false, needsFreshSession: false, boundTo: null, ...given, format }
}

function secret(meaning: string, boundTo: `ai.${string}.baseUrl`): SettingDefinition<string, null> {
  const message = 'must be a key of 8 to 500 characters without spaces'
  const format = z
    .string({ error: message })
    .trim()
    .regex(/^\S{8,500}$/, message)
  const fixed = { kind: 'text', isSealed: true, needsFreshSession: true, least: null, most: null } as const
  return { ...fixed, meaning, format, unset: null, boundTo }
}

const notZone = 'must be an IANA time zone with its area, such as Europe/Berlin, or UTC'
const notWebAddress = 'must be an address that begins with https:// or http://, without a password or a query'

/** No user and no password: an address stands in clear. No query: paths are put behind it. */
function isBaseUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return false
  return url.username === '' && url.password === '' && url.search === '' && url.hash === ''
}

function webAddress<Unset extends string | null>(meaning: string, unset: Unset): SettingDefinition<string, Unset> {
  const format = z
    .string({ error: notWebAddress })
    .trim()
    .max(500, notWebAddress)
    .refine(isBaseUrl, notWebAddress)
    .transform((text) => text.replace(/\/+$/, ''))
  const fixed = { kind: 'text', isSealed: false, needsFreshSession: true, least: null, most: null } as const
  return { ...fixed, meaning, format, unset, boundTo: null }
}

/**
 * Every setting that can be set while the server runs, by its key in `system_settings`. The list is closed: what stands on
 * no line here is refused. What a start needs is an environment variable instead (docs/configuration.md).
 */
export const settings = {
  'ai.anthropic.apiKey': secret(
    'The church’s API key for Anthropic. It is encrypted, never shown again, and sent only to the address that ai.anthropic.baseUrl has when you set it. Enter it again after changing that address. If not set, Anthropic writes no summaries.',
    'ai.anthropic.baseUrl',
  ),
  'ai.anthropic.baseUrl': webAddress(
    'The base URL of Anthropic, if it is not Anthropic’s own. It must be on the public internet, or the operator must allow it with AI_ALLOWED_NETWORKS. Pastors must agree again after a change. Default: https://api.anthropic.com/v1.',
    'https://api.anthropic.com/v1',
  ),
  'ai.local.apiKey': secret(
    'The API key for the church’s own model server, if it requires one. It is encrypted, never shown again, and sent only to the address that ai.local.baseUrl has when you set it. Set that address first, and enter the key again after changing it.',
    'ai.local.baseUrl',
  ),
  'ai.local.baseUrl': webAddress(
    'The base URL of the church’s own model server (Ollama, llama.cpp), which must support OpenAI’s protocol, such as http://127.0.0.1:11434/v1. The operator must allow an address that is not on the public internet with AI_ALLOWED_NETWORKS. Pastors must agree again after a change. If not set, no such server is used.',
    null,
  ),
  'ai.openai.apiKey': secret(
    'The church’s API key for OpenAI. It is encrypted, never shown again, and sent only to the address that ai.openai.baseUrl has when you set it. Enter it again after changing that address. If not set, OpenAI writes no summaries.',
    'ai.openai.baseUrl',
  ),
  'ai.openai.baseUrl': webAddress(
    'The base URL of OpenAI, if it is not OpenAI’s own. It must be on the public internet, or the operator must allow it with AI_ALLOWED_NETWORKS. Pastors must agree again after a change. Default: https://api.openai.com/v1.',
    'https://api.openai.com/v1',
  ),
  'answers.retentionDays': wholeNumber({
    meaning:
      'Days after a meeting that what people wrote and answered for it is kept. It is then deleted permanently, and so are names unless people.retentionDays says otherwise. The time and length of the meeting are kept. Default: 365.',
    least: 1,
    most: 36_500,
    unset: 365,
  }),
  'audit.retentionMonths': wholeNumber({
    meaning:
      'Months that the audit log is kept. A month is dropped as a whole, once all of it is sealed and that old. If not set, the log is kept forever.',
    least: 1,
    most: 1_200,
    unset: null,
    // Whoever shortens it deletes what is on record of them.
    needsFreshSession: true,
  }),
  'church.timeZone': {
    kind: 'text',
    meaning:
      'The church’s IANA time zone, such as Europe/Berlin. The calendar months that tokens with count-only get figures for begin in this time zone. Published months don’t change when the setting changes. Default: UTC.',
    format: z.string({ error: notZone }).trim().max(64, notZone).refine(isTimeZone, notZone),
    unset: 'UTC',
    isSealed: false,
    needsFreshSession: false,
    boundTo: null,
    least: null,
    most: null,
  },
  'deliveries.retentionDays': wholeNumber({
    meaning: 'Days that deliveries from Cal.com are kept, encrypted, for troubleshooting. Default: 90.',
    least: 1,
    most: 3_650,
    unset: 90,
  }),
  'people.retentionDays': wholeNumber({
    meaning:
      'Days after a meeting that names, email addresses, titles and places of its booking are kept, whatever its status. What people wrote is deleted with them at the latest. Default: the value of answers.retentionDays.',
    least: 1,
    most: 36_500,
    unset: null,
  }),
  'summaries.retentionDays': wholeNumber({
    meaning:
      'Days after its meeting that a summary is kept, unless an AI configuration sets another period. A shorter period also applies to existing summaries. Default: 90.',
    least: 1,
    most: 3_650,
    unset: 90,
  }),
} as const satisfies Record<string, SettingDefinition>

/** The key of a known setting. */
export type SettingKey = keyof typeof settings

/** Every known key, in order. */
export const settingKeys: readonly SettingKey[] = Object.keys(settings).sort().filter(isSettingKey)

/** Narrows a text that came from outside to a known key. */
export function isSettingKey(text: string): text is SettingKey {
  return Object.hasOwn(settings, text)
}

/** The setting of a key, as any of them. */
export function definitionOf(key: SettingKey): SettingDefinition {
  return settings[key]
}

/** What a stored value of a setting in plaintext amounts to: the default where it can't be a value of it. */
export function effectiveValue<K extends PlaintextSettingKey>(key: K, stored: unknown): SettingValue<K> {
  const { format, unset } = plaintextSettings[key]
  const parsed = format.safeParse(stored)
  return parsed.success ? parsed.data : unset
}

/** The keys whose values stand in clear. */
export type PlaintextSettingKey = Exclude<SettingKey, `ai.${string}.apiKey`>

/** Narrows a key to one whose value stands in plaintext. */
export function isPlaintextSettingKey(key: string): key is PlaintextSettingKey {
  return isSettingKey(key) && !settings[key].isSealed
}

type SetValue<K extends SettingKey> = z.output<(typeof settings)[K]['format']>
type UnsetValue<K extends SettingKey> = (typeof settings)[K]['unset']

/** What holds for a setting, as its readers get it. */
export type SettingValue<K extends SettingKey> = SetValue<K> | UnsetValue<K>

/** The settings that stand in clear, each with the type of its own value. */
export const plaintextSettings: Readonly<{
  [K in PlaintextSettingKey]: SettingDefinition<SetValue<K>, UnsetValue<K>>
}> = settings
