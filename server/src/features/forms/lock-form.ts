import type { Transaction } from '../../platform/database/client.ts'

/** Lets nobody else write the forms of an event type of somebody's until the end of the transaction. */
export async function lockForm(tx: Transaction, ownerId: string, eventTypeId: number): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('form:' || ${ownerId} || ':' || ${eventTypeId}::text, 0))::text`
}
