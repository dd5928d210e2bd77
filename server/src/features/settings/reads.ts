import type { Database, Prisma } from '../../platform/database/client.ts'
import {
  type ClearSettingKey,
  clearSettings,
  type SettingKey,
  type SettingValue,
  settingKeys,
} from './registry.model.ts'

type Reader = Pick<Database, 'systemSetting'>

/** What holds for a setting. `isSound` is false where somebody wrote a value past the API that can't be one of it. */
export type ReadSetting<T> = Readonly<{ value: T; isSound: boolean }>

/**
 * What holds for a setting that stands in clear: what it was set to, or what it is unless set. That holds too, with
 * `isSound` false, where the table has what can't be a value of it.
 */
export async function readSetting<K extends ClearSettingKey>(
  database: Reader,
  key: K,
): Promise<ReadSetting<SettingValue<K>>> {
  const { format, unset } = clearSettings[key]
  const row = await database.systemSetting.findUnique({ where: { key }, select: { value: true, isEncrypted: true } })
  if (row === null) return { value: unset, isSound: true }
  const parsed = format.safeParse(row.isEncrypted ? undefined : row.value)
  return parsed.success ? { value: parsed.data, isSound: true } : { value: unset, isSound: false }
}

/** A row of a known setting, without its value where that is sealed. */
export type StoredSetting = Readonly<{
  key: string
  value: Prisma.JsonValue
  description: string | null
  isEncrypted: boolean
  updatedBy: string | null
  updatedAt: Date
}>

/** The rows of known settings that have been set. Sealed values stay in the database. */
export async function listStoredSettings(
  database: Database,
  keys: readonly SettingKey[] = settingKeys,
): Promise<StoredSetting[]> {
  return database.$queryRaw<StoredSetting[]>`
    SELECT key, CASE WHEN "isEncrypted" THEN 'null'::jsonb ELSE value END AS value, description, "isEncrypted",
      "updatedBy", "updatedAt"
    FROM system_settings WHERE key = ANY(${[...keys]}::text[])`
}
