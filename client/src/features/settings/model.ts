import type { RetentionPreviewQuery, SetSystemSettingInput, SettingFragment } from '../../gql/graphql.ts'
import { formatNearDate } from '../../lib/time.ts'

/** A setting of the whole church. */
export type Setting = SettingFragment

const titles: Readonly<Record<string, string>> = {
  'ai.anthropic.apiKey': 'Anthropic: key',
  'ai.anthropic.baseUrl': 'Anthropic: address',
  'ai.local.apiKey': 'Own model server: key',
  'ai.local.baseUrl': 'Own model server: address',
  'ai.openai.apiKey': 'OpenAI: key',
  'ai.openai.baseUrl': 'OpenAI: address',
  'answers.retentionDays': 'Answers and notes: days kept',
  'audit.retentionMonths': 'Audit log: months kept',
  'church.timeZone': 'Time zone of the church',
  'deliveries.retentionDays': 'Cal.com’s deliveries: days kept',
  'people.retentionDays': 'Names, emails and titles: days kept',
  'summaries.retentionDays': 'Summaries: days kept',
}

/** The title of a setting. The server's list may grow: one without a title is shown by its key. */
export function titleOf({ key }: Pick<Setting, 'key'>): string {
  return titles[key] ?? key
}

/** Whether a setting limits how long something is stored. */
export function isRetention({ key }: Pick<Setting, 'key'>): boolean {
  return /\.retention(Days|Months)$/.test(key)
}

/** How many records a shorter retention affects. */
export type Affected = RetentionPreviewQuery['retentionPreview']

export const noneAffected: Affected = { total: 0, bookings: 0, deliveries: 0, summaries: 0, auditMonths: 0 }

/** What a shorter retention deletes, one line per kind. */
export function affectedMessage({ bookings, deliveries, summaries, auditMonths }: Affected): readonly string[] {
  const kinds = [
    { count: bookings, one: 'Names or answers of 1 booking', many: `Names or answers of ${bookings} bookings` },
    { count: deliveries, one: '1 delivery from Cal.com', many: `${deliveries} deliveries from Cal.com` },
    {
      count: summaries,
      one: '1 summary, now or sooner than planned',
      many: `${summaries} summaries, now or sooner than planned`,
    },
    { count: auditMonths, one: '1 month of the audit log', many: `${auditMonths} months of the audit log` },
  ]
  return kinds.filter(({ count }) => count > 0).map(({ count, one, many }) => (count === 1 ? one : many))
}

const areas = [
  { title: 'Retention', isIn: (key: string) => !key.startsWith('ai.') && !key.startsWith('church.') },
  { title: 'The church', isIn: (key: string) => key.startsWith('church.') },
  { title: 'AI summaries', isIn: (key: string) => key.startsWith('ai.') },
] as const

/** A titled group of related settings. */
export type Area = Readonly<{ title: string; settings: readonly Setting[] }>

/** Groups the settings; empty groups are omitted. */
export function areasOf(settings: readonly Setting[]): readonly Area[] {
  return areas
    .map(({ title, isIn }) => ({ title, settings: settings.filter(({ key }) => isIn(key)) }))
    .filter((area) => area.settings.length > 0)
}

/** The current value, as text. */
export function valueText({ isSet, isEncrypted, value, defaultValue }: Setting): string {
  if (isEncrypted) return isSet ? 'Set, encrypted' : 'Not set'
  if (isSet) return shown(value)
  return defaultValue === null ? 'Not set' : `${shown(defaultValue)} (default)`
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The initial field value. An encrypted value is never available. */
export function fieldValue({ isEncrypted, value }: Setting): string {
  return isEncrypted || value === null ? '' : shown(value)
}

/** Who set it and when, or null if nobody did. */
export function changedText({ updatedAt, updatedBy }: Setting, now: Date): string | null {
  if (updatedAt === null) return null
  const by = updatedBy === null ? '' : ` by ${updatedBy.name}`
  return `Set${by}, ${formatNearDate(new Date(updatedAt), now)}`
}

/** The typed value as the API's input. An invalid number is sent unchanged: the server says what is valid. */
export function inputOf(setting: Setting, typed: Readonly<Record<string, string>>): SetSystemSettingInput {
  const { value = '', description = '' } = typed
  const text = value.trim()
  const number = setting.kind === 'WHOLE_NUMBER' && /^-?\d+$/.test(text) ? Number(text) : null
  return { key: setting.key, value: number ?? text, description: description.trim() || null }
}
