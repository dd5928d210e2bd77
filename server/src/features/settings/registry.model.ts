import { z } from 'zod'
import { isTimeZone } from '../../platform/time-zone.ts'

/** The type of a value, for clients that render a form. */
type SettingKind = 'whole_number' | 'text'

/** A known setting: its description, format and default. */
export type SettingDefinition<T = unknown, Unset = unknown> = Readonly<{
  kind: SettingKind
  /** The description shown to users: what the setting does, and its default. */
  meaning: string
  format: z.ZodType<T>
  defaultValue: Unset
  /** Whether the value is encrypted. Encrypted values are write-only. */
  isEncrypted: boolean
  /**
   * Whether only an admin with a recently confirmed password may change it, and never an API token: it controls where
   * personal data is sent, or deletes records about it.
   */
  needsFreshSession: boolean
  /** For an API key, the setting with the address that the key may be sent to. Null for other settings. */
  boundTo: `ai.${string}.baseUrl` | null
  /** The bounds of a whole number. */
  minimum: number | null
  maximum: number | null
}>

function wholeNumber<Unset extends number | null>(
  options: Readonly<{
    meaning: string
    minimum: number
    maximum: number
    defaultValue: Unset
    needsFreshSession?: boolean
  }>,
): SettingDefinition<number, Unset> {
  const { minimum, maximum } = options
  const message = `must be a whole number from ${minimum} to ${maximum}`
  const format = z.int({ error: message }).min(minimum, message).max(maximum, message)
  return { kind: 'whole_number', isEncrypted: false, needsFreshSession: false, boundTo: null, ...options, format }
}

function secret(meaning: string, boundTo: `ai.${string}.baseUrl`): SettingDefinition<string, null> {
  const message = 'must be a key of 8 to 500 characters without spaces'
  const format = z
    .string({ error: message })
    .trim()
    .regex(/^\S{8,500}$/, message)
  const fixed = { kind: 'text', isEncrypted: true, needsFreshSession: true, minimum: null, maximum: null } as const
  return { ...fixed, meaning, format, defaultValue: null, boundTo }
}

const notZone = 'must be an IANA time zone with its area, such as Europe/Berlin, or UTC'
const notWebAddress = 'must be an address that begins with https:// or http://, without a password or a query'

/** No credentials, because addresses are stored in plaintext. No query, because paths are appended. */
function isBaseUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return false
  return url.username === '' && url.password === '' && url.search === '' && url.hash === ''
}

function webAddress<Unset extends string | null>(
  meaning: string,
  defaultValue: Unset,
): SettingDefinition<string, Unset> {
  const format = z
    .string({ error: notWebAddress })
    .trim()
    .max(500, notWebAddress)
    .refine(isBaseUrl, notWebAddress)
    .transform((text) => text.replace(/\/+$/, ''))
  const fixed = { kind: 'text', isEncrypted: false, needsFreshSession: true, minimum: null, maximum: null } as const
  return { ...fixed, meaning, format, defaultValue, boundTo: null }
}

/**
 * All settings that can be changed at runtime, by their key in `system_settings`. Unknown keys are rejected. What the server
 * needs at startup is an environment variable instead (docs/configuration.md).
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
    minimum: 1,
    maximum: 36_500,
    defaultValue: 365,
  }),
  'audit.retentionMonths': wholeNumber({
    meaning:
      'Months that the audit log is kept. A month is dropped as a whole, once all of it is sealed and that old. If not set, the log is kept forever.',
    minimum: 1,
    maximum: 1_200,
    defaultValue: null,
    // A shorter period deletes audit entries.
    needsFreshSession: true,
  }),
  'church.timeZone': {
    kind: 'text',
    meaning:
      'The church’s IANA time zone, such as Europe/Berlin. The calendar months that tokens with count-only get figures for begin in this time zone. Published months don’t change when the setting changes. Default: UTC.',
    format: z.string({ error: notZone }).trim().max(64, notZone).refine(isTimeZone, notZone),
    defaultValue: 'UTC',
    isEncrypted: false,
    needsFreshSession: false,
    boundTo: null,
    minimum: null,
    maximum: null,
  },
  'deliveries.retentionDays': wholeNumber({
    meaning: 'Days that deliveries from Cal.com are kept, encrypted, for troubleshooting. Default: 90.',
    minimum: 1,
    maximum: 3_650,
    defaultValue: 90,
  }),
  'people.retentionDays': wholeNumber({
    meaning:
      'Days after a meeting that names, email addresses, titles and places of its booking are kept, whatever its status. What people wrote is deleted with them at the latest. Default: the value of answers.retentionDays.',
    minimum: 1,
    maximum: 36_500,
    defaultValue: null,
  }),
  'summaries.retentionDays': wholeNumber({
    meaning:
      'Days after its meeting that a summary is kept, unless an AI configuration sets another period. A shorter period also applies to existing summaries. Default: 90.',
    minimum: 1,
    maximum: 3_650,
    defaultValue: 90,
  }),
} as const satisfies Record<string, SettingDefinition>

export type SettingKey = keyof typeof settings

/** All keys, sorted. */
export const settingKeys: readonly SettingKey[] = Object.keys(settings).sort().filter(isSettingKey)

/** Narrows untrusted text to a known key. */
export function isSettingKey(text: string): text is SettingKey {
  return Object.hasOwn(settings, text)
}

/** The definition of a setting, without its specific type. */
export function definitionOf(key: SettingKey): SettingDefinition {
  return settings[key]
}

/** The effective value of a plaintext setting: the stored value, or the default if it is invalid. */
export function effectiveValue<K extends PlaintextSettingKey>(key: K, stored: unknown): SettingValue<K> {
  const { format, defaultValue } = plaintextSettings[key]
  const parsed = format.safeParse(stored)
  return parsed.success ? parsed.data : defaultValue
}

/** The keys of settings stored in plaintext. */
export type PlaintextSettingKey = Exclude<SettingKey, `ai.${string}.apiKey`>

export function isPlaintextSettingKey(key: string): key is PlaintextSettingKey {
  return isSettingKey(key) && !settings[key].isEncrypted
}

type SetValue<K extends SettingKey> = z.output<(typeof settings)[K]['format']>
type UnsetValue<K extends SettingKey> = (typeof settings)[K]['defaultValue']

/** The effective value of a setting: a valid value or the default. */
export type SettingValue<K extends SettingKey> = SetValue<K> | UnsetValue<K>

/** The plaintext settings, each with the type of its value. */
export const plaintextSettings: Readonly<{
  [K in PlaintextSettingKey]: SettingDefinition<SetValue<K>, UnsetValue<K>>
}> = settings
