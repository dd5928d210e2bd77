import type { Database, Prisma } from '../../platform/database/client.ts'
import { type PlaintextSettingKey, plaintextSettings, type SettingKey, type SettingValue } from './registry.model.ts'

type Reader = Pick<Database, 'systemSetting'>

/**
 * The effective value of a setting. `isSound` is false if the table contains an invalid value, in which case the default
 * applies.
 */
export type ReadSetting<T> = Readonly<{ value: T; isSound: boolean }>

/** Reads the effective value of a plaintext setting: the stored value, or the default if it is missing or invalid. */
export async function readSetting<K extends PlaintextSettingKey>(
  database: Reader,
  key: K,
): Promise<ReadSetting<SettingValue<K>>> {
  const { format, defaultValue } = plaintextSettings[key]
  const row = await database.systemSetting.findUnique({ where: { key }, select: { value: true, isEncrypted: true } })
  if (row === null) return { value: defaultValue, isSound: true }
  const parsed = format.safeParse(row.isEncrypted ? undefined : row.value)
  return parsed.success ? { value: parsed.data, isSound: true } : { value: defaultValue, isSound: false }
}

/**
 * A known setting as stored; `value` is null for encrypted ones. If it was never set, all fields but `key` are null or
 * false.
 */
export type StoredSetting = Readonly<{
  key: SettingKey
  isSet: boolean
  value: Prisma.JsonValue
  description: string | null
  updatedBy: string | null
  updatedAt: Date | null
}>

/** Lists settings in the given order, including those never set. Encrypted values are not read. */
export function listSettings(database: Database, keys: readonly SettingKey[]): Promise<StoredSetting[]> {
  return database.$queryRaw<StoredSetting[]>`
    SELECT k.key, s.id IS NOT NULL AS "isSet", CASE WHEN s."isEncrypted" THEN NULL ELSE s.value END AS value,
      s.description, s."updatedBy", s."updatedAt"
    FROM unnest(${[...keys]}::text[]) WITH ORDINALITY AS k (key, at)
    LEFT JOIN system_settings s ON s.key = k.key
    ORDER BY k.at`
}

export async function findSetting(database: Database, key: SettingKey): Promise<StoredSetting> {
  const [setting] = await listSettings(database, [key])
  if (setting === undefined) throw new Error('a known setting has a row, set or not')
  return setting
}

/** The user who last changed a setting, with the selected fields. */
export function setterOf<Query extends { include?: Prisma.UserInclude; select?: Prisma.UserSelect }>(
  database: Database,
  id: string,
  query: Query,
) {
  return database.user.findUnique({ ...query, where: { id } })
}
