import type { SqlTransaction } from '../../platform/database/run-pipelined.ts'

/** Locks the forms of an owner's event type until the end of the transaction. */
export async function lockForm(tx: SqlTransaction, ownerId: string, eventTypeId: number): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('form:' || ${ownerId} || ':' || ${eventTypeId}::text, 0))::text`
}
