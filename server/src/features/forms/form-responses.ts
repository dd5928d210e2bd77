import type { AuditEntry } from '../../core/audit/record.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Clock } from '../../platform/clock.ts'
import { Prisma } from '../../platform/database/client.ts'
import type { SqlTransaction } from '../../platform/database/run-pipelined.ts'
import type { NewId } from '../../platform/ids.ts'
import { type ActiveForm, readActiveForms } from './active-form.reads.ts'
import type { Answer, FormAnswers } from './answers.model.ts'
import { completedForm, coversAllQuestions, defaultFormName, type FormSchema } from './form.model.ts'
import { lockForm } from './lock-form.ts'

type RecordDeps = Readonly<{ vault: Pick<Vault, 'encrypt' | 'digestOf'>; clock: Clock; newId: NewId }>

/** The questions and answers that came with a booking. */
export type ReceivedAnswers = Readonly<{
  ownerId: string
  bookingId: string
  eventTypeId: number
  eventTypeTitle: string | null
  asked: readonly { slug: string; label: string }[]
  answered: readonly Answer[]
  /** The active form, if the caller has read it in this transaction; null if there is none. */
  activeForm?: ActiveForm | null
  /** Whether the booking was created in this transaction, so that it can't have responses yet. */
  isNew?: boolean
}>

/** A row of `form_responses`. Its only plaintext is the number of questions and answers. */
export type ResponseRow = Readonly<{
  id: string
  formId: string
  bookingId: string
  encryptedData: string
  redactedData: { answeredCount: number; questionCount: number }
  createdAt: Date
}>

/**
 * The responses to write with `upsertResponses`, and the audit entries of each booking, to record with the booking's
 * own.
 */
export type PreparedResponses = Readonly<{ rows: readonly ResponseRow[]; audit: readonly (readonly AuditEntry[])[] }>

/**
 * Builds the responses of several bookings to their event types' forms, encrypted for the owners. Creates forms, adds
 * missing questions, and deletes outdated responses. The only plaintext stored is the number of answers.
 */
export async function prepareFormResponses(
  tx: SqlTransaction,
  deps: RecordDeps,
  bookings: readonly ReceivedAnswers[],
): Promise<PreparedResponses> {
  const responses = await readResponses(tx, bookings)
  const planned: Planned[] = []
  for (const booking of bookings) {
    const form = await formFor(tx, deps, booking)
    // Responses to other forms belong to a previous owner or a previous event type of the booking.
    const own = responses.filter(({ bookingId }) => bookingId === booking.bookingId)
    const isAnswered = form !== null && booking.answered.length > 0
    const existing = isAnswered ? (own.find(({ formId }) => formId === form.id)?.id ?? null) : null
    const outdated = own.map(({ id }) => id).filter((id) => id !== existing)
    planned.push({ booking, form: isAnswered ? form : null, id: existing ?? deps.newId(), outdated })
  }
  const encrypted = await Promise.all(
    planned.map(({ booking, form, id }) => form && encryptResponse(deps, id, form, booking)),
  )
  await deleteResponses(
    tx,
    planned.flatMap(({ outdated }) => outdated),
  )
  const audit = planned.map(({ booking, outdated }, at) => {
    const replaced = outdated.map((id) => replacedEntry(id, booking.bookingId))
    const response = encrypted[at] ?? null
    return response === null ? replaced : [...replaced, response.sealed]
  })
  return { rows: encrypted.flatMap((response) => response?.row ?? []), audit }
}

/** A booking's answers and the form they belong to. `form` is null if nothing was answered. */
type Planned = Readonly<{ booking: ReceivedAnswers; form: ActiveForm | null; id: string; outdated: readonly string[] }>

async function deleteResponses(tx: SqlTransaction, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.$executeRaw`DELETE FROM form_responses WHERE id = ANY(${[...ids]}::uuid[])`
}

/** The SQL that upserts responses by ID, as part of the statement that writes their bookings. */
export function upsertResponses(rows: readonly ResponseRow[]): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO form_responses
    SELECT * FROM json_populate_recordset(NULL::form_responses, ${JSON.stringify(rows)}::json)
    ON CONFLICT (id) DO UPDATE
    SET "encryptedData" = excluded."encryptedData", "redactedData" = excluded."redactedData"`
}

/** Encrypts a response for its owner. Returns the row and its audit entry, and writes neither. */
async function encryptResponse(
  { vault, clock }: Readonly<{ vault: Pick<Vault, 'encrypt' | 'digestOf'>; clock: Clock }>,
  id: string,
  form: ActiveForm,
  { answered, ownerId, bookingId }: Readonly<{ answered: readonly Answer[]; ownerId: string; bookingId: string }>,
): Promise<Readonly<{ row: ResponseRow; sealed: AuditEntry }>> {
  const content: FormAnswers = { version: 1, answers: [...answered] }
  const aadContext = { column: 'form_responses.encryptedData', rowId: id, ownerId } as const
  const encryptedData = await vault.encrypt(JSON.stringify(content), aadContext)
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

type StoredResponse = Readonly<{ id: string; formId: string; bookingId: string }>

async function readResponses(tx: SqlTransaction, bookings: readonly ReceivedAnswers[]): Promise<StoredResponse[]> {
  const bookingIds = bookings.filter(({ isNew }) => isNew !== true).map(({ bookingId }) => bookingId)
  if (bookingIds.length === 0) return []
  return tx.$queryRaw<StoredResponse[]>`
    SELECT id, "formId", "bookingId" FROM form_responses WHERE "bookingId" = ANY(${bookingIds}::uuid[]) ORDER BY id`
}

async function formFor(tx: SqlTransaction, deps: RecordDeps, booking: ReceivedAnswers): Promise<ActiveForm | null> {
  const { ownerId, eventTypeId, asked } = booking
  const booked = { ownerId, hostId: ownerId, eventTypeId }
  const found =
    booking.activeForm === undefined ? ((await readActiveForms(tx, [booked]))[0]?.form ?? null) : booking.activeForm
  if (found === null ? asked.length === 0 : coversAllQuestions(found, booking)) return found
  // Two bookings of a new event type may arrive concurrently: the second waits here and finds the first one's form.
  await lockForm(tx, ownerId, eventTypeId)
  const [current] = await readActiveForms(tx, [booked])
  const existing = current?.form ?? null
  const form = completedForm(existing ?? blankForm(deps, booking, current?.sensitivity ?? null), booking)
  if (form === null) return existing
  await (existing === null ? insertForm(tx, deps, form, booking) : updateForm(tx, deps, form))
  return form
}

async function insertForm(
  tx: SqlTransaction,
  { clock }: RecordDeps,
  { id, name, schema }: ActiveForm,
  { ownerId, eventTypeId }: ReceivedAnswers,
): Promise<void> {
  const at = clock.now()
  await tx.$executeRaw`
    INSERT INTO forms (id, "userId", name, "eventTypeId", schema, "createdAt", "updatedAt")
    VALUES (${id}::uuid, ${ownerId}::uuid, ${name}, ${eventTypeId}::int, ${JSON.stringify(schema)}::jsonb,
      ${at}::timestamptz, ${at}::timestamptz)`
}

async function updateForm(tx: SqlTransaction, { clock }: RecordDeps, { id, name, schema }: ActiveForm): Promise<void> {
  await tx.$executeRaw`
    UPDATE forms SET name = ${name}, schema = ${JSON.stringify(schema)}::jsonb, "updatedAt" = ${clock.now()}::timestamptz
    WHERE id = ${id}::uuid`
}

function blankForm(
  { newId }: RecordDeps,
  { eventTypeId }: ReceivedAnswers,
  sensitivity: FormSchema['sensitivity'] | null,
): ActiveForm {
  const schema: FormSchema = { version: 1, ...(sensitivity && { sensitivity }), fields: [] }
  return { id: newId(), name: defaultFormName(eventTypeId), schema }
}
