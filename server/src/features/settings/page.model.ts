import { isSettingKey, type SettingKey, settingKeys } from './registry.model.ts'

/** A page of the settings, which are sorted by key. */
export type SettingsPage = Readonly<{
  after: SettingKey | null
  before: SettingKey | null
  limit: number
  isFromEnd: boolean
}>

/** The keys on a page, in order; in reverse order if `isFromEnd`. */
export function keysOnPage({ after, before, limit, isFromEnd }: SettingsPage): SettingKey[] {
  const inRange = settingKeys.filter((key) => (after === null || key > after) && (before === null || key < before))
  return (isFromEnd ? inRange.toReversed() : inRange).slice(0, limit)
}

/** The key that a cursor carries. Null if there is none. */
export function keyOf(values: readonly unknown[] | null): SettingKey | null {
  const [key] = values ?? []
  return typeof key === 'string' && isSettingKey(key) ? key : null
}
