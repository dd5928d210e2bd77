import { z } from 'zod'

/** What a value is, for whoever builds a form for it. */
export type SettingKind = 'whole_number' | 'text' | 'text_list'

/** One setting that the house knows: what it means, what it may be, and what holds while nobody has set it. */
export type SettingDefinition<T = unknown, Unset = unknown> = Readonly<{
  kind: SettingKind
  /** For people: what it does, and what it is while nobody has set it. */
  meaning: string
  format: z.ZodType<T>
  unset: Unset
  /** Sealed in the database; it goes in and never comes out. */
  isSealed: boolean
  /** The bounds of a whole number. */
  least: number | null
  most: number | null
}>

function wholeNumber<Unset extends number | null>(
  given: Readonly<{ meaning: string; least: number; most: number; unset: Unset }>,
): SettingDefinition<number, Unset> {
  const { least, most } = given
  const message = `must be a whole number from ${least} to ${most}`
  const format = z.int({ error: message }).min(least, message).max(most, message)
  return { kind: 'whole_number', isSealed: false, ...given, format }
}

function secret(meaning: string): SettingDefinition<string, null> {
  const message = 'must be a key of 8 to 500 characters without spaces'
  const format = z
    .string({ error: message })
    .trim()
    .regex(/^\S{8,500}$/, message)
  return { kind: 'text', isSealed: true, meaning, format, unset: null, least: null, most: null }
}

const notWebAddress = 'must be a list of at most 20 addresses that begin with https:// or http://'

/** No user and no password: an address stands in clear. No query: paths are put behind it. */
function isBaseUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return false
  return url.username === '' && url.password === '' && url.search === '' && url.hash === ''
}

const baseUrl = z
  .string({ error: notWebAddress })
  .trim()
  .max(500, notWebAddress)
  .refine(isBaseUrl, notWebAddress)
  .transform((text) => text.replace(/\/+$/, ''))

/**
 * Every setting that can be set while the server runs, by its key in `system_settings`. The list is closed: what stands on
 * no line here is refused. What a start needs is an environment variable instead (docs/configuration.md).
 */
export const settings = {
  'ai.allowedBaseUrls': {
    kind: 'text_list',
    meaning:
      'The only addresses that summaries may be sent to for writing, beside the two providers’ own. Not used yet: summaries are written by rules. Unless set, none.',
    format: z
      .array(baseUrl, { error: notWebAddress })
      .max(20, notWebAddress)
      .transform((urls) => [...new Set(urls)]),
    unset: [],
    isSealed: false,
    least: null,
    most: null,
  },
  'ai.anthropic.apiKey': secret(
    'The church’s key at Anthropic. Not used yet: summaries are written by rules. Sealed: it goes in and never comes out.',
  ),
  'ai.openai.apiKey': secret(
    'The church’s key at OpenAI. Not used yet: summaries are written by rules. Sealed: it goes in and never comes out.',
  ),
  'audit.retentionMonths': wholeNumber({
    meaning:
      'Months that the audit log is kept. A month goes as a whole, once all of it is sealed and that long ago. Unless set, it is kept for ever.',
    least: 1,
    most: 1_200,
    unset: null,
  }),
  'summaries.retentionDays': wholeNumber({
    meaning:
      'Days that a summary is kept after its meeting, where no AI configuration says otherwise. It counts for summaries written from now on. Unless set, 90.',
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

/** The keys whose values stand in clear. */
export type ClearSettingKey = Exclude<SettingKey, `ai.${string}.apiKey`>

type SetValue<K extends SettingKey> = z.output<(typeof settings)[K]['format']>
type UnsetValue<K extends SettingKey> = (typeof settings)[K]['unset']

/** What holds for a setting, as its readers get it. */
export type SettingValue<K extends SettingKey> = SetValue<K> | UnsetValue<K>

/** The settings that stand in clear, each with the type of its own value. */
export const clearSettings: Readonly<{
  [K in ClearSettingKey]: SettingDefinition<SetValue<K>, UnsetValue<K>>
}> = settings
