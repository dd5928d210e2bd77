import type { RetentionPreviewQuery, SetSystemSettingInput, SettingFragment } from '../../gql/graphql.ts'
import { formatNearDate } from '../../lib/time.ts'

/** One setting of the whole church. */
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

/** What a setting is called. The server's list grows: one without a title shows its key. */
export function titleOf({ key }: Pick<Setting, 'key'>): string {
  return titles[key] ?? key
}

/** Whether a setting says how long something is kept. */
export function isRetention({ key }: Pick<Setting, 'key'>): boolean {
  return /\.retention(Days|Months)$/.test(key)
}

/** How much of what is kept a shorter retention affects. */
export type Affected = RetentionPreviewQuery['retentionPreview']

export const nothingAffected: Affected = { total: 0, bookings: 0, deliveries: 0, summaries: 0, auditMonths: 0 }

/** What a shorter retention deletes, one line a kind. */
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
  { title: 'How long things are kept', isIn: (key: string) => !key.startsWith('ai.') && !key.startsWith('church.') },
  { title: 'The church', isIn: (key: string) => key.startsWith('church.') },
  { title: 'Writing summaries by AI', isIn: (key: string) => key.startsWith('ai.') },
] as const

/** Settings that belong together, under a title of their own. */
export type Area = Readonly<{ title: string; settings: readonly Setting[] }>

/** The settings by what they are about; an area without any is left out. */
export function areasOf(settings: readonly Setting[]): readonly Area[] {
  return areas
    .map(({ title, isIn }) => ({ title, settings: settings.filter(({ key }) => isIn(key)) }))
    .filter((area) => area.settings.length > 0)
}

/** What holds now, in words. */
export function valueText({ isSet, isEncrypted, value, defaultValue }: Setting): string {
  if (isEncrypted) return isSet ? 'Is set, sealed' : 'Not set'
  if (isSet) return shown(value)
  return defaultValue === null ? 'Not set' : `${shown(defaultValue)} (default)`
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What stands in the field when somebody begins to change it. What is sealed is never there to be shown. */
export function fieldValue({ isEncrypted, value }: Setting): string {
  return isEncrypted || value === null ? '' : shown(value)
}

/** Who set it and when, or null where nobody did. */
export function changedText({ updatedAt, updatedBy }: Setting, now: Date): string | null {
  if (updatedAt === null) return null
  const by = updatedBy === null ? '' : ` by ${updatedBy.name}`
  return `Set${by}, ${formatNearDate(new Date(updatedAt), now)}`
}

/** What was typed, as the API's input. A number that is none goes as it is: the server says what it can be. */
export function inputOf(setting: Setting, typed: Readonly<Record<string, string>>): SetSystemSettingInput {
  const { value = '', description = '' } = typed
  const text = value.trim()
  const number = setting.kind === 'WHOLE_NUMBER' && /^-?\d+$/.test(text) ? Number(text) : null
  return { key: setting.key, value: number ?? text, description: description.trim() || null }
}
