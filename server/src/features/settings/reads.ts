import type { Database, Prisma } from '../../platform/database/client.ts'
import { type PlaintextSettingKey, plaintextSettings, type SettingKey, type SettingValue } from './registry.model.ts'

type Reader = Pick<Database, 'systemSetting'>

/** What holds for a setting. `isSound` is false where somebody wrote a value past the API that can't be one of it. */
export type ReadSetting<T> = Readonly<{ value: T; isSound: boolean }>

/**
 * What holds for a setting that stands in clear: what it was set to, or what it is unless set. That holds too, with
 * `isSound` false, where the table has what can't be a value of it.
 */
export async function readSetting<K extends PlaintextSettingKey>(
  database: Reader,
  key: K,
): Promise<ReadSetting<SettingValue<K>>> {
  const { format, unset } = plaintextSettings[key]
  const row = await database.systemSetting.findUnique({ where: { key }, select: { value: true, isEncrypted: true } })
  if (row === null) return { value: unset, isSound: true }
  const parsed = format.safeParse(row.isEncrypted ? undefined : row.value)
  return parsed.success ? { value: parsed.data, isSound: true } : { value: unset, isSound: false }
}

/** A known setting as the table has it, without its value where that is sealed. All but `key` null: never set. */
export type StoredSetting = Readonly<{
  key: SettingKey
  isSet: boolean
  value: Prisma.JsonValue
  description: string | null
  updatedBy: string | null
  updatedAt: Date | null
}>

/** These settings in this order, each whether or not it was ever set. Sealed values stay in the database. */
export function listSettings(database: Database, keys: readonly SettingKey[]): Promise<StoredSetting[]> {
  return database.$queryRaw<StoredSetting[]>`
    SELECT k.key, s.id IS NOT NULL AS "isSet", CASE WHEN s."isEncrypted" THEN NULL ELSE s.value END AS value,
      s.description, s."updatedBy", s."updatedAt"
    FROM unnest(${[...keys]}::text[]) WITH ORDINALITY AS k (key, at)
    LEFT JOIN system_settings s ON s.key = k.key
    ORDER BY k.at`
}

/** One of them. */
export async function findSetting(database: Database, key: SettingKey): Promise<StoredSetting> {
  const [setting] = await listSettings(database, [key])
  if (setting === undefined) throw new Error('a known setting has a row, set or not')
  return setting
}

/** Who set it, with what was selected. */
export function setterOf<Query extends { include?: Prisma.UserInclude; select?: Prisma.UserSelect }>(
  database: Database,
  id: string,
  query: Query,
) {
  return database.user.findUnique({ ...query, where: { id } })
}
