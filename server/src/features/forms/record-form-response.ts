import type { AuditEntry } from '../../core/audit/record.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Transaction } from '../../platform/database/client.ts'
import type { NewId } from '../../platform/ids.ts'
import { type ActiveForm, readActiveForm, readEventTypeSensitivity } from './active-form.reads.ts'
import type { Answer } from './answers.model.ts'
import { encryptResponse } from './encrypt-response.ts'
import type { FormSchema } from './form.model.ts'
import { lockForm } from './lock-form.ts'
import { completedForm, defaultFormName, knowsAllAsked } from './questions.model.ts'

export type RecordDeps = Readonly<{ vault: Pick<Vault, 'encrypt' | 'digestOf'>; clock: Clock; newId: NewId }>

/** The questions and answers that came with a booking. */
export type GivenAnswers = Readonly<{
  ownerId: string
  bookingId: string
  eventTypeId: number
  eventTypeTitle: string | null
  asked: readonly { slug: string; label: string }[]
  answered: readonly Answer[]
  /** The active form, if the caller has read it in this transaction; null if there is none. */
  inForce?: ActiveForm | null
  /** Whether the booking was created in this transaction, so that it can't have responses yet. */
  isNew?: boolean
}>

/**
 * Stores a booking's answers as its single response to its event type's form, encrypted for the booking's owner. Creates the
 * form, or adds missing questions. In plaintext it stores only the number of answers.
 *
 * @returns the audit entries, for the caller to record with the booking's own
 */
export async function recordFormResponse(
  tx: Transaction,
  deps: RecordDeps,
  given: GivenAnswers,
): Promise<AuditEntry[]> {
  const form = await formFor(tx, deps, given)
  // Responses to other forms belong to a previous owner or a previous event type of the booking.
  const responses = given.isNew ? [] : await readResponses(tx, given.bookingId)
  const currentId =
    given.answered.length === 0 ? null : (responses.find(({ formId }) => formId === form?.id)?.id ?? null)
  const outdated = responses.map(({ id }) => id).filter((id) => id !== currentId)
  if (outdated.length > 0) await tx.formResponse.deleteMany({ where: { id: { in: outdated } } })
  const replaced = outdated.map((id) => replacedEntry(id, given.bookingId))
  if (form === null || given.answered.length === 0) return replaced

  const id = currentId ?? deps.newId()
  const { row, sealed } = await encryptResponse(deps, id, form, given)
  const { encryptedData, redactedData } = row
  if (currentId === null) await tx.formResponse.createMany({ data: [row] })
  else await tx.formResponse.updateMany({ where: { id }, data: { encryptedData, redactedData } })
  return [...replaced, sealed]
}

function replacedEntry(id: string, bookingId: string): AuditEntry {
  return {
    action: 'form_response.purged',
    resource: 'form_response',
    resourceId: id,
    userId: null,
    bookingId,
    origin: null,
    metadata: { reason: 'replaced' },
  }
}

function readResponses(tx: Transaction, bookingId: string) {
  return tx.formResponse.findMany({ where: { bookingId }, select: { id: true, formId: true }, orderBy: { id: 'asc' } })
}

async function formFor(tx: Transaction, deps: RecordDeps, given: GivenAnswers): Promise<ActiveForm | null> {
  const { ownerId, eventTypeId, asked } = given
  const found = given.inForce === undefined ? await readActiveForm(tx, ownerId, eventTypeId) : given.inForce
  if (found === null ? asked.length === 0 : knowsAllAsked(found, given)) return found
  // Two bookings of a new event type may arrive at once: the second waits here and finds the first one's form.
  await lockForm(tx, ownerId, eventTypeId)
  const current = await readActiveForm(tx, ownerId, eventTypeId)
  const form = completedForm(current ?? (await blankForm(tx, deps, given)), given)
  if (form === null) return current
  const { id, ...data } = form
  const at = deps.clock.now()
  if (current === null) {
    await tx.form.createMany({ data: [{ id, ...data, userId: ownerId, eventTypeId, createdAt: at, updatedAt: at }] })
  } else {
    await tx.form.updateMany({ where: { id }, data: { ...data, updatedAt: at } })
  }
  return form
}

async function blankForm(
  tx: Transaction,
  deps: RecordDeps,
  { ownerId, eventTypeId }: GivenAnswers,
): Promise<ActiveForm> {
  const sensitivity = await readEventTypeSensitivity(tx, ownerId, eventTypeId)
  const schema: FormSchema = { version: 1, ...(sensitivity !== null && { sensitivity }), fields: [] }
  return { id: deps.newId(), name: defaultFormName(eventTypeId), schema }
}
