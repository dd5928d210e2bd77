import { randomInt } from 'node:crypto'
import { encryptedColumns, prefixUnder } from '../../src/core/keys/encrypted-columns.ts'
import { type AadContext, SYSTEM_OWNER } from '../../src/core/vault/aad-context.ts'
import type { Vault } from '../../src/core/vault/vault.ts'
import { type Database, Prisma } from '../../src/platform/database/client.ts'
import { newId } from '../../src/platform/ids.ts'
import { addPerson } from './parish.ts'

type Deps = Readonly<{ database: Database; vault: Pick<Vault, 'encrypt' | 'decrypt'> }>

/** A value in an encrypted column, with its plaintext. */
export type EncryptedValue = Readonly<{ context: AadContext; plaintext: string }>

const bookingIn = (startTime: Date) => ({
  calBookingId: randomInt(2 ** 31 - 1),
  eventTypeId: 1,
  title: 'Pastoral Care',
  startTime,
  endTime: new Date(startTime.getTime() + 2_700_000),
  duration: 45,
  status: 'confirmed' as const,
})

/** Creates a booking with an encrypted intake. */
export async function addEncryptedIntake(deps: Deps, ownerId: string, startTime: Date): Promise<EncryptedValue> {
  const context = { column: 'bookings.encryptedIntakeData', rowId: newId(), ownerId } as const
  const plaintext = `intake ${context.rowId}`
  const encryptedIntakeData = await deps.vault.encrypt(plaintext, context)
  const columns = { calBookingUid: context.rowId, userId: ownerId, encryptedIntakeData, ...bookingIn(startTime) }
  await deps.database.booking.create({ data: { id: context.rowId, ...columns } })
  return { context, plaintext }
}

/** Creates one value in every encrypted column; those of a booking in the month of `startTime`. */
export async function addOneOfEach(
  deps: Deps,
  startTime = new Date('2026-08-04T09:00:00Z'),
): Promise<EncryptedValue[]> {
  const { database, vault } = deps
  const { userId: ownerId } = await addPerson(database, 'pastor')
  const intake = await addEncryptedIntake(deps, ownerId, startTime)
  const bookingId = intake.context.rowId
  const formId = newId()
  await database.form.create({
    data: { id: formId, userId: ownerId, name: 'Intake', eventTypeId: 1, schema: { version: 1, fields: [] } },
  })
  const at = (column: AadContext['column'], owner = ownerId): EncryptedValue => {
    const context = { column, rowId: newId(), ownerId: owner }
    return { context, plaintext: `${column} ${context.rowId}` }
  }
  const sealed = ({ context, plaintext }: EncryptedValue) => vault.encrypt(plaintext, context)
  const response = at('form_responses.encryptedData')
  await database.formResponse.create({
    data: { id: response.context.rowId, formId, bookingId, encryptedData: await sealed(response) },
  })
  const summary = at('context_summaries.encryptedSummary')
  await database.contextSummary.create({
    data: { id: summary.context.rowId, bookingId, encryptedSummary: await sealed(summary), metadata: {} },
  })
  const access = at('calendar_connections.accessToken')
  const refresh = { ...access, context: { ...access.context, column: 'calendar_connections.refreshToken' as const } }
  await database.calendarConnection.create({
    data: {
      id: access.context.rowId,
      userId: ownerId,
      provider: 'google',
      providerUserId: access.context.rowId,
      accessToken: await sealed(access),
      refreshToken: await sealed(refresh),
    },
  })
  const setting = at('system_settings.value', SYSTEM_OWNER)
  await database.systemSetting.create({
    data: { id: setting.context.rowId, key: setting.context.rowId, value: await sealed(setting), isEncrypted: true },
  })
  const delivery = at('webhook_deliveries.sealedBody', SYSTEM_OWNER)
  await database.webhookDelivery.create({
    data: {
      id: delivery.context.rowId,
      digest: delivery.context.rowId.replaceAll('-', '').repeat(2),
      trigger: 'BOOKING_CREATED',
      outcome: 'applied',
      sealedBody: await sealed(delivery),
    },
  })
  const target = at('webhook_endpoints.sealedTarget')
  await database.webhookEndpoint.create({
    data: {
      id: target.context.rowId,
      userId: ownerId,
      name: 'endpoint',
      address: 'https://hooks.example',
      sealedTarget: await sealed(target),
      document: 'subscription { bookingChanged { kind } }',
      followsEverybody: false,
      cursor: '1[]',
    },
  })
  return [intake, response, summary, access, refresh, setting, delivery, target]
}

/** The ciphertext in an encrypted column, or null. */
export async function ciphertextAt(database: Database, { column, rowId }: AadContext): Promise<string | null> {
  const { table, text } = encryptedColumns[column]
  const [row] = await database.$queryRaw<{ sealed: string | null }[]>`
    SELECT ${text} AS sealed FROM ${Prisma.raw(table)} t WHERE id = ${rowId}::uuid`
  return row?.sealed ?? null
}

/** Writes a text into an encrypted column by SQL. */
export async function writeCiphertextAt(
  database: Pick<Database, '$executeRaw'>,
  { column, rowId }: AadContext,
  text: string,
): Promise<void> {
  const info = encryptedColumns[column]
  await database.$executeRaw`
    UPDATE ${Prisma.raw(info.table)} t SET ${info.column} = ${info.written(Prisma.sql`${text}::text`)}
    WHERE id = ${rowId}::uuid`
}

/** Decrypts a value. @throws UnreadableError */
export async function plaintextAt({ database, vault }: Deps, context: AadContext): Promise<string> {
  return vault.decrypt((await ciphertextAt(database, context)) ?? '', context)
}

/** The number of values under this key, in all encrypted columns. */
export async function valuesUnder(database: Database, keyId: string): Promise<number> {
  let values = 0
  for (const { table, text } of Object.values(encryptedColumns)) {
    const [row] = await database.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM ${Prisma.raw(table)} t WHERE starts_with(${text}, ${prefixUnder(keyId)})`
    values += row?.count ?? 0
  }
  return values
}

/** Deletes all encrypted values and data keys. Cheaper than a new database. */
export async function clearEncryptedValues(database: Database): Promise<void> {
  await database.$executeRaw`
    TRUNCATE form_responses, context_summaries, calendar_connections, system_settings, webhook_deliveries,
      webhook_endpoints, webhook_messages, webhook_attempts, data_keys`
  await database.$executeRaw`UPDATE bookings SET "encryptedIntakeData" = NULL`
}
