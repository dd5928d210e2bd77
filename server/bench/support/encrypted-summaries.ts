import type { Vault } from '../../src/core/vault/vault.ts'
import type { SummaryContent } from '../../src/features/summaries/model.ts'
import type { Database } from '../../src/platform/database/client.ts'

/** A summary that can be decrypted, and its plaintext. */
export type SealedSummary = Readonly<{ id: string; ownerId: string; text: string }>

const maxSummaries = 4_000

/** Writes real ciphertexts into summaries of many pastors, and returns those summaries. */
export async function sealSummaries(database: Database, vault: Vault): Promise<readonly SealedSummary[]> {
  const rows = await database.$queryRaw<{ id: string; ownerId: string }[]>`
    SELECT s.id, b."userId" AS "ownerId"
    FROM bookings b JOIN context_summaries s ON s."bookingId" = b.id
    WHERE b."startTime" >= date_trunc('week', now())
    ORDER BY b."startTime" LIMIT ${maxSummaries}`
  const summaries = rows.map((row) => ({
    ...row,
    text: `They have an exam in a week and can't sleep. ${row.id}. `.repeat(3),
  }))
  const sealed = await Promise.all(
    summaries.map(({ id, ownerId, text }) => {
      const content: SummaryContent = { version: 2, text, urgentMatters: [], answeredQuestions: [] }
      return vault.encrypt(JSON.stringify(content), {
        column: 'context_summaries.encryptedSummary',
        rowId: id,
        ownerId,
      })
    }),
  )
  await database.$executeRaw`
    UPDATE context_summaries AS s SET "encryptedSummary" = given.sealed
    FROM UNNEST(${summaries.map(({ id }) => id)}::uuid[], ${sealed}::text[]) AS given (id, sealed)
    WHERE s.id = given.id`
  await database.$executeRaw`ANALYZE context_summaries`
  return summaries
}
