import type { AuditEntry } from '../../core/audit/record.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Clock } from '../../platform/clock.ts'
import type { ActiveForm } from './active-form.reads.ts'
import type { Answer, FormAnswers } from './answers.model.ts'

/** A row of `form_responses`. In plaintext it only has the number of questions and answers. */
export type ResponseRow = Readonly<{
  id: string
  formId: string
  bookingId: string
  encryptedData: string
  redactedData: { answeredCount: number; questionCount: number }
  createdAt: Date
}>

/** Encrypts a response for its owner. Returns the row and its audit entry, and writes neither. */
export async function encryptResponse(
  { vault, clock }: Readonly<{ vault: Pick<Vault, 'encrypt' | 'digestOf'>; clock: Clock }>,
  id: string,
  form: ActiveForm,
  { answered, ownerId, bookingId }: Readonly<{ answered: readonly Answer[]; ownerId: string; bookingId: string }>,
): Promise<Readonly<{ row: ResponseRow; sealed: AuditEntry }>> {
  const content: FormAnswers = { version: 1, answers: [...answered] }
  const aad = { column: 'form_responses.encryptedData', rowId: id, ownerId } as const
  const encryptedData = await vault.seal(JSON.stringify(content), aad)
  const redactedData = { answeredCount: answered.length, questionCount: form.schema.fields.length }
  return {
    row: { id, formId: form.id, bookingId, encryptedData, redactedData, createdAt: clock.now() },
    sealed: {
      action: 'form_response.sealed',
      resource: 'form_response',
      resourceId: id,
      userId: null,
      bookingId,
      origin: null,
      metadata: { sealedDigest: vault.digestOf(encryptedData) },
    },
  }
}
