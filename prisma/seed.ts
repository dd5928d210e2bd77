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

/** An account of the sample church, to be printed for whoever tries it. */
export type SampleAccount = Readonly<{ role: 'pastor' | 'admin'; name: string; email: string; password: string }>

export type SampleChurch = Readonly<{ accounts: readonly SampleAccount[] }>

// Known to everybody who can read this file. That is right for made-up people on a laptop, and why no other church's
// database ever gets these accounts: seedSampleChurch does nothing where anybody else has one.
const accounts: readonly SampleAccount[] = [
  { role: 'pastor', name: 'Miriam Okafor', email: 'miriam@riverside.example', password: 'by-still-waters' },
  { role: 'pastor', name: 'Daniel Lindqvist', email: 'daniel@riverside.example', password: 'lamp-on-a-stand' },
  { role: 'admin', name: 'Ellen Marsh', email: 'ellen@riverside.example', password: 'keys-to-the-house' },
]

const markerKey = 'sampleChurch.seededAt'

/**
 * Fills an empty database with a sample church: two pastors, one admin, their forms, and some eight weeks of bookings
 * around now, each made from the webhooks that Cal.com would have sent, each with its summary. Does nothing where there
 * are people already; a seeding that was cut off is gone on with.
 *
 * Returns the accounts that can still be signed in to with the passwords printed here, or null where there are none.
 */
export async function seedSampleChurch(deps: SeedDeps): Promise<SampleChurch | null> {
  const { database } = deps
  const people = await database.user.findMany({ select: { email: true } })
  const isOurs = people.every(({ email }) => accounts.some((account) => account.email === email))
  const marker = await database.systemSetting.findUnique({ where: { key: markerKey }, select: { id: true } })
  if (marker === null && isOurs) await seed(deps)
  return stillValid(deps)
}

async function stillValid({ database, passwords }: SeedDeps): Promise<SampleChurch | null> {
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
  // A few at a time: enough to keep the database busy, few enough for its connections.
  const lives = sampleWeeks(now)[Symbol.iterator]()
  await Promise.all(Array.from({ length: 4 }, () => play(deps, lives)))
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
    // A seeding that was cut off got this far, or another node is at it.
    if (!(error instanceof UserTakenError)) throw error
  }
}

/** The forms come before the bookings: an event type's sensitivity stands in its form. */
async function addForms({ database, newId, clock }: SeedDeps): Promise<void> {
  const pastors = await database.user.findMany({ where: { role: 'pastor' }, include: { forms: true } })
  const createdAt = clock.now()
  const forms = pastors.flatMap(({ id: userId, forms: present }) =>
    sampleEventTypes
      .filter(({ id }) => !present.some((form) => form.eventTypeId === id))
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

/** Cal.com's clock while it plays: a booking is as old as the webhook that told of it. */
function clockAt(webhook: SimulatedWebhook, at: Date | null): Clock {
  const said = at ?? new Date(webhook.createdAt ?? 0)
  return { now: () => said }
}

/** Plays lives until none is left; several players share one list. Returns the bookings that were made. */
async function play(deps: SeedDeps, lives: Iterator<SampleSequence>): Promise<void> {
  for (let life = lives.next(); !life.done; life = lives.next()) {
    const bookingIds = new Set<string>()
    for (const webhook of life.value) {
      const parsed = parseDelivery(JSON.stringify(webhook))
      if (parsed.kind !== 'event') throw new Error(`${parsed.trigger} of the sample church is ${parsed.kind}`)
      const arrival = { event: parsed.event, signedBy: null, deliveryId: null }
      const summaries = createBookingSummaries({ queue: noQueue })
      const applyDeps = { ...deps, clock: clockAt(webhook, parsed.createdAt), summaries }
      const [applied] = await runTransaction(deps.database, (tx) => applyEvents(tx, applyDeps, [arrival]))
      if (applied?.bookingId) bookingIds.add(applied.bookingId)
    }
    for (const bookingId of bookingIds) await generateSummary(deps, { bookingId, summaryId: deps.newId() })
  }
}

// Summaries are written here and now, so that they are there when the pastor first looks.
const noQueue = { enqueueAll: () => Promise.resolve() }
