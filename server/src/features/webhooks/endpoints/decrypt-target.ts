import { recordAudit } from '../../../core/audit/record.ts'
import { UnreadableError } from '../../../core/vault/errors.ts'
import type { Vault } from '../../../core/vault/vault.ts'
import type { Database } from '../../../platform/database/client.ts'
import { type Target, targetSchema } from '../model.ts'

export type DecryptTargetDeps = Readonly<{ database: Database; vault: Pick<Vault, 'decrypt' | 'digestOf'> }>

type EncryptedEndpoint = Readonly<{ id: string; userId: string; sealedTarget: string }>

/** Decrypts an endpoint's URL and signing secrets. A failure is recorded in the audit log. Throws UnreadableError. */
export async function decryptTarget(
  deps: DecryptTargetDeps,
  { id, userId, sealedTarget }: EncryptedEndpoint,
): Promise<Target> {
  const aad = { column: 'webhook_endpoints.sealedTarget', rowId: id, ownerId: userId } as const
  try {
    const target = targetSchema.safeParse(JSON.parse(await deps.vault.decrypt(sealedTarget, aad)))
    if (target.success) return target.data
  } catch (error) {
    if (!(error instanceof UnreadableError || error instanceof SyntaxError)) throw error
  }
  await deps.database.$transaction((tx) =>
    recordAudit(tx, [
      {
        action: 'vault.unreadable',
        resource: 'webhook_endpoint',
        resourceId: id,
        userId: null,
        bookingId: null,
        origin: null,
        subjectUserId: userId,
        metadata: { column: aad.column, sealedDigest: deps.vault.digestOf(sealedTarget) },
      },
    ]),
  )
  throw new UnreadableError(aad)
}
