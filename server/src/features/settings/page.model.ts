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

/** Encodes a key as an opaque cursor. */
export function cursorOf(key: string): string {
  return Buffer.from(`setting:${key}`, 'utf8').toString('base64url')
}

/** Decodes a cursor. Null if `cursorOf` could not have created it. */
export function keyOf(cursor: string): SettingKey | null {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const key = text.startsWith('setting:') ? text.slice('setting:'.length) : ''
  return isSettingKey(key) ? key : null
}
