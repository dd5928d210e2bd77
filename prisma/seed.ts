import { sampleEventTypes, samplePastors } from '../server/src/commands/simulate/church.ts'
import type { SimulatedWebhook } from '../server/src/commands/simulate/payloads.ts'
import { type SampleSequence, sampleWeeks } from '../server/src/commands/simulate/sample-weeks.ts'
import type { Passwords } from '../server/src/core/access/passwords.ts'
import type { Identities } from '../server/src/core/audit/identity.ts'
import type { Vault } from '../server/src/core/vault/vault.ts'
import { parseDelivery } from '../server/src/features/bookings/calcom/cal-payload.model.ts'
import { applyEvents } from '../server/src/features/bookings/write/apply-events.ts'
import { createBookingSummaries } from '../server/src/features/summaries/generate/create-booking-summaries.ts'
import { generateSummary } from '../server/src/features/summaries/generate/generate-summary.ts'
import { createUser } from '../server/src/features/users/admin/create-user.ts'
import { UserTakenError } from '../server/src/features/users/errors.ts'
import type { Clock } from '../server/src/platform/clock.ts'
import type { Database } from '../server/src/platform/database/client.ts'
import { runTransaction } from '../server/src/platform/database/run-transaction.ts'
import type { NewId } from '../server/src/platform/ids.ts'

export type SeedDeps = Readonly<{
  database: Database
  vault: Vault
  passwords: Passwords
  identities: Identities
  clock: Clock
  newId: NewId
  providerFetch: typeof fetch
}>

/** An account of the sample church, printed on the first start. */
export type SampleAccount = Readonly<{ role: 'pastor' | 'admin'; name: string; email: string; password: string }>

export type SampleChurch = Readonly<{ accounts: readonly SampleAccount[] }>

// Public passwords are fine for fictional people on a laptop, but not for a real church: seedSampleChurch does nothing
// if the database has any other account.
const accounts: readonly SampleAccount[] = [
  { role: 'pastor', name: 'Miriam Okafor', email: 'miriam@riverside.example', password: 'by-still-waters' },
  { role: 'pastor', name: 'Daniel Lindqvist', email: 'daniel@riverside.example', password: 'lamp-on-a-stand' },
  { role: 'admin', name: 'Ellen Marsh', email: 'ellen@riverside.example', password: 'keys-to-the-house' },
]

const markerKey = 'sampleChurch.seededAt'

/**
 * Fills an empty database with a sample church: two pastors, one admin, their forms, and about eight weeks of bookings
 * around now, created from the webhooks Cal.com would have sent, with summaries. Does nothing if there are other users;
 * resumes an interrupted run.
 *
 * Returns the accounts whose passwords above still work, or null if there are none.
 */
export async function seedSampleChurch(deps: SeedDeps): Promise<SampleChurch | null> {
  const { database } = deps
  const people = await database.user.findMany({ select: { email: true } })
  const isSampleOnly = people.every(({ email }) => accounts.some((account) => account.email === email))
  const marker = await database.systemSetting.findUnique({ where: { key: markerKey }, select: { id: true } })
  if (marker === null && isSampleOnly) await seed(deps)
  return findValidAccounts(deps)
}

async function findValidAccounts({ database, passwords }: SeedDeps): Promise<SampleChurch | null> {
  const valid: SampleAccount[] = []
  for (const account of accounts) {
    const user = await database.user.findUnique({
      where: { email: account.email },
      select: { isActive: true, credential: { select: { passwordHash: true } } },
    })
    if (!user?.isActive || !user.credential) continue
    const { isRight } = await passwords.verify(user.credential.passwordHash, account.password)
    if (isRight) valid.push(account)
  }
  return valid.length === 0 ? null : { accounts: valid }
}

async function seed(deps: SeedDeps): Promise<void> {
  for (const account of accounts) await addAccount(deps, account)
  await addForms(deps)
  const now = deps.clock.now()
  // Four at a time keep the database busy without using up its connections.
  const sequences = sampleWeeks(now)[Symbol.iterator]()
  await Promise.all(Array.from({ length: 4 }, () => replay(deps, sequences)))
  await deps.database.systemSetting.createMany({
    data: [
      { id: deps.newId(), key: markerKey, value: now.toISOString(), description: 'When the sample church was made' },
    ],
    skipDuplicates: true,
  })
}

async function addAccount(deps: SeedDeps, { role, name, email, password }: SampleAccount): Promise<void> {
  const pastor = samplePastors.find((candidate) => candidate.email === email)
  const username = pastor?.username ?? 'ellen-marsh'
  try {
    await createUser(
      deps,
      { by: 'sample', userId: null, origin: null },
      {
        role,
        name,
        email,
        password,
        churchName: 'Riverside Community Church',
        bio: null,
        calUserId: String(pastor?.id ?? 90_003),
        schedulingUsername: username,
        schedulingLink: `https://cal.com/${username}`,
      },
    )
  } catch (error) {
    // An interrupted run created it, or another node is seeding.
    if (!(error instanceof UserTakenError)) throw error
  }
}

/** Add forms before bookings, because the form has the event type's sensitivity. */
async function addForms({ database, newId, clock }: SeedDeps): Promise<void> {
  const pastors = await database.user.findMany({ where: { role: 'pastor' }, include: { forms: true } })
  const createdAt = clock.now()
  const forms = pastors.flatMap(({ id: userId, forms: existing }) =>
    sampleEventTypes
      .filter(({ id }) => !existing.some((form) => form.eventTypeId === id))
      .map(({ id, title, description, sensitivity, questions }) => ({
        id: newId(),
        userId,
        name: title,
        description,
        eventTypeId: id,
        schema: { version: 1, sensitivity, fields: questions.map((question) => ({ ...question, type: 'text' })) },
        createdAt,
        updatedAt: createdAt,
      })),
  )
  await database.form.createMany({ data: forms })
}

/** Cal.com's clock during the replay: a booking is as old as its webhook. */
function clockAt(webhook: SimulatedWebhook, at: Date | null): Clock {
  const now = at ?? new Date(webhook.createdAt ?? 0)
  return { now: () => now }
}

/** Replays sequences until none is left; concurrent calls share the iterator. */
async function replay(deps: SeedDeps, sequences: Iterator<SampleSequence>): Promise<void> {
  for (let sequence = sequences.next(); !sequence.done; sequence = sequences.next()) {
    const bookingIds = new Set<string>()
    for (const webhook of sequence.value) {
      const parsed = parseDelivery(JSON.stringify(webhook))
      if (parsed.kind !== 'event') throw new Error(`${parsed.trigger} of the sample church is ${parsed.kind}`)
      const receipt = { event: parsed.event, signedBy: null, deliveryId: null }
      const summaries = createBookingSummaries({ queue: noQueue })
      const applyDeps = { ...deps, clock: clockAt(webhook, parsed.createdAt), summaries }
      const [applied] = await runTransaction(deps.database, (tx) => applyEvents(tx, applyDeps, [receipt]))
      if (applied?.bookingId) bookingIds.add(applied.bookingId)
    }
    for (const bookingId of bookingIds) await generateSummary(deps, { bookingId, summaryId: deps.newId() })
  }
}

// Summaries are written here and now, so that they are there when the pastor first looks.
const noQueue = { enqueueAll: () => Promise.resolve() }
