import { isSettingKey, type SettingKey, settingKeys } from './registry.model.ts'

/** Where a page of the settings begins and ends; by keys, which are never reordered. */
export type SettingsPage = Readonly<{
  after: SettingKey | null
  before: SettingKey | null
  limit: number
  isFromEnd: boolean
}>

/** The keys on a page, in order; from the end on where `isFromEnd`. */
export function keysOnPage({ after, before, limit, isFromEnd }: SettingsPage): SettingKey[] {
  const between = settingKeys.filter((key) => (after === null || key > after) && (before === null || key < before))
  return (isFromEnd ? between.toReversed() : between).slice(0, limit)
}

/** A key as an opaque cursor. */
export function cursorOf(key: string): string {
  return Buffer.from(`setting:${key}`, 'utf8').toString('base64url')
}

/** The key that a cursor stands for, or null where `cursorOf` could not have made it. */
export function keyOf(cursor: string): SettingKey | null {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const key = text.startsWith('setting:') ? text.slice('setting:'.length) : ''
  return isSettingKey(key) ? key : null
}
