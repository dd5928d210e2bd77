import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDevices } from '../../src/core/access/devices.ts'
import { createLoginThrottle } from '../../src/core/access/login-throttle.ts'
import { createRateLimiter } from '../../src/core/access/rate-limiter.ts'
import type { StoredDocuments } from '../../src/core/access/stored-documents.ts'
import type { PersonViewer } from '../../src/core/access/viewer.ts'
import { createBursts } from '../../src/core/audit/bursts.ts'
import { createIdentities, type Identities } from '../../src/core/audit/identity.ts'
import { createAuditedReader } from '../../src/core/audit/read/audited-reader.ts'
import { createWithdrawals } from '../../src/core/restore/withdrawals.ts'
import { createSessions } from '../../src/core/sessions/sessions.ts'
import { sessionIdOf } from '../../src/core/sessions/token.ts'
import { openVault, type Vault } from '../../src/core/vault/vault.ts'
import { readConfigurationWithConsent } from '../../src/features/ai/read-configuration-with-consent.ts'
import { termsOf } from '../../src/features/ai/terms.model.ts'
import type { Intake } from '../../src/features/bookings/lifecycle/intake.model.ts'
import type { Answer } from '../../src/features/forms/answers.model.ts'
import type { SummaryMetadata } from '../../src/features/summaries/model.ts'
import type { Prisma } from '../../src/generated/prisma/client.ts'
import { type Clock, systemClock } from '../../src/platform/clock.ts'
import { createSemaphore } from '../../src/platform/concurrency/semaphore.ts'
import type { Database } from '../../src/platform/database/client.ts'
import { createAddressGuard } from '../../src/platform/http/address-guard.ts'
import { createGuardedFetch } from '../../src/platform/http/guarded-fetch.ts'
import { createGuardedPost } from '../../src/platform/http/guarded-post.ts'
import { newId } from '../../src/platform/ids.ts'
import { createLog } from '../../src/platform/logging/log.ts'
import { Secret } from '../../src/platform/secret.ts'

export const testOrigin = { ipAddress: '203.0.113.7', userAgent: 'a test' } as const

/** The configuration that jobs need: a home for this process, and keys that aren't rotated hourly. */
export const testEnv = {
  home: mkdtempSync(join(tmpdir(), 'churchhub-home-')),
  publicUrl: 'http://localhost:4000',
  keyRotationSeconds: 90 * 86_400,
  auditWitness: { files: [], addresses: [] },
} as const
process.once('exit', () => rmSync(testEnv.home, { recursive: true, force: true }))

/** A vault over a test's database, with a master key for tests only. */
export function openTestVault(database: Database): Promise<Vault> {
  return openVault({ database, masterKey: new Secret(Buffer.alloc(32, 7)), clock: systemClock })
}

/** Records user identities in a test's database. Its vault is opened on first use. */
export function createTestIdentities(database: Database): Identities {
  let opened: Promise<Vault> | null = null
  const open = () => {
    opened ??= openTestVault(database)
    return opened
  }
  return createIdentities({ mac: async (text) => (await open()).mac(text) })
}

const idleDocuments: StoredDocuments = { problemsOf: () => [], run: async () => ({ kind: 'filtered' }) }

/** The dependencies of signing in, over a test's database, without a mail server. */
export function createTestAccess(database: Database, clock: Clock = systemClock) {
  const masterKey = new Secret(Buffer.alloc(32, 7))
  const devices = createDevices({ clock, masterKey, secureCookies: false })
  return {
    sessions: createSessions({ database, clock, secureCookies: false }),
    auditedReader: createAuditedReader(database),
    loginThrottle: createLoginThrottle({
      database,
      clock,
      masterKey,
      devices,
      semaphore: createSemaphore({ maxConcurrent: 4, maxQueued: 60 }),
      deviceSemaphore: createSemaphore({ maxConcurrent: 2, maxQueued: 60 }),
    }),
    devices,
    bursts: createBursts({ database, clock, log: createLog({ level: 'silent' }) }),
    rateLimiter: createRateLimiter({
      database,
      clock,
      masterKey,
      limits: { points: 1_000_000, refillPerSecond: 5_000 },
    }),
    mailer: null,
    identities: createTestIdentities(database),
    withdrawals: createWithdrawals({ path: join(testEnv.home, 'withdrawals.jsonl'), clock, newId }),
    // Nothing is posted, and no document selects anything, unless a test provides its own.
    documents: idleDocuments,
    receivers: createGuardedPost({ allowedNetworks: [] }),
    providerFetch: testProviderFetch,
  }
}

/** A fetch that reaches the tests' AI providers on loopback. */
export const testProviderFetch = createGuardedFetch({
  mayReach: createAddressGuard(['127.0.0.1']).mayReach,
  maxResponseBytes: 1_000_000,
})

/** Starts a session whose password was just checked. Returns its viewer. */
export async function addFreshSession(
  database: Database,
  viewer: PersonViewer,
  clock: Clock = systemClock,
): Promise<PersonViewer> {
  const sessionId = sessionIdOf(newId())
  const now = clock.now()
  const expiresAt = new Date(now.getTime() + 86_400_000)
  await database.session.create({
    data: { id: sessionId, userId: viewer.userId, expiresAt, createdAt: now, passwordCheckedAt: now },
  })
  return { ...viewer, sessionId }
}

/** Gives a pastor's consent to a configuration with its current terms. */
export async function addConsent(
  database: Database,
  userId: string,
  configurationId: string,
  more: Partial<Prisma.AiConsentUncheckedCreateInput> = {},
): Promise<void> {
  const configuration = await readConfigurationWithConsent(database, userId, configurationId)
  const terms = configuration === null ? null : termsOf(configuration)
  if (terms === null) throw new Error('There is no configuration to agree to.')
  await database.aiConsent.create({ data: { configurationId, userId, ...terms, ...more } })
}

/** Creates a user for requests of a test. */
export async function addPerson(database: Database, role: 'pastor' | 'admin'): Promise<PersonViewer> {
  const id = newId()
  await database.user.create({
    data: {
      id,
      role,
      email: `${id}@church.example`,
      name: `The ${role} ${id}`,
      churchName: 'Test Church',
      calUserId: id,
      schedulingUsername: id,
      schedulingLink: `https://cal.example/${id}`,
    },
  })
  return { kind: 'person', userId: id, role, sessionId: `session of ${id}` }
}

/** Creates a booking of a pastor with an encrypted intake. Returns its ID. */
export async function addBooking(
  deps: Readonly<{ database: Database; vault: Vault }>,
  owner: Pick<PersonViewer, 'userId'>,
  options: Readonly<{
    id?: string
    intake?: Partial<Intake> | null
    columns?: Partial<Omit<Prisma.BookingUncheckedCreateInput, 'id'>>
  }> = {},
): Promise<string> {
  const { id = newId(), intake = {}, columns = {} } = options
  const aadContext = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId: owner.userId } as const
  await deps.database.booking.create({
    data: {
      id,
      userId: owner.userId,
      calBookingId: randomInt(2 ** 31 - 1),
      calBookingUid: id,
      eventTypeId: 1,
      eventTypeTitle: 'Pastoral Care',
      title: 'Pastoral Care with Maria Santos',
      startTime: new Date('2026-08-04T09:00:00Z'),
      endTime: new Date('2026-08-04T09:45:00Z'),
      timeZone: 'Europe/London',
      duration: 45,
      status: 'confirmed',
      encryptedIntakeData:
        intake === null ? null : await deps.vault.encrypt(JSON.stringify({ ...emptyIntake, ...intake }), aadContext),
      ...columns,
    },
  })
  return id
}

const emptyIntake: Intake = {
  version: 1,
  notes: null,
  answers: [],
  attendees: [{ name: 'Maria Santos', email: 'maria@example.org', timeZone: 'Europe/London' }],
  contacts: [],
  cancellationReason: null,
  rejectionReason: null,
  title: null,
  location: null,
}

const plaintextMetadata: SummaryMetadata = {
  topic: 'Pastoral Care',
  participants: ['Maria'],
  sensitivity: 'Medium',
  location: 'In person',
  when: '2026-08-04T09:00:00.000Z',
  duration: 45,
  plainText: 'Tuesday 4 August, 09:00 UTC, 45 minutes.',
  generatedAt: '2026-08-01T09:00:00.000Z',
  method: 'rule-based',
}

/** Creates an encrypted summary of a booking. Returns its ID. */
export async function addSummary(
  deps: Readonly<{ database: Database; vault: Vault }>,
  owner: Pick<PersonViewer, 'userId'>,
  bookingId: string,
  text: string,
  metadata: Partial<SummaryMetadata> = {},
): Promise<string> {
  const id = newId()
  const aadContext = { column: 'context_summaries.encryptedSummary', rowId: id, ownerId: owner.userId } as const
  const encryptedSummary = await deps.vault.encrypt(JSON.stringify({ version: 1, text }), aadContext)
  await deps.database.contextSummary.create({
    data: { id, bookingId, encryptedSummary, metadata: { ...plaintextMetadata, ...metadata } },
  })
  return id
}

/** Creates an encrypted form response of a booking. Returns its ID. */
export async function addFormResponse(
  deps: Readonly<{ database: Database; vault: Vault }>,
  owner: Pick<PersonViewer, 'userId'>,
  bookingId: string,
  answers: readonly Answer[],
): Promise<string> {
  const [id, formId] = [newId(), newId()]
  await deps.database.form.create({
    data: { id: formId, userId: owner.userId, name: 'Intake', eventTypeId: 1, schema: { version: 1, fields: [] } },
  })
  const aadContext = { column: 'form_responses.encryptedData', rowId: id, ownerId: owner.userId } as const
  const encryptedData = await deps.vault.encrypt(JSON.stringify({ version: 1, answers }), aadContext)
  await deps.database.formResponse.create({ data: { id, formId, bookingId, encryptedData } })
  return id
}

/** Creates an outgoing webhook of an admin, to which nothing is sent. Returns its ID. */
export async function addWebhookEndpoint(
  database: Database,
  admin: Pick<PersonViewer, 'userId'>,
  columns: Partial<Prisma.WebhookEndpointUncheckedCreateInput> = {},
): Promise<string> {
  const { id } = await database.webhookEndpoint.create({
    data: {
      id: newId(),
      userId: admin.userId,
      name: 'The website',
      address: 'https://hooks.example/…',
      // Nothing is sent, so nothing decrypts it.
      sealedTarget: '',
      document: 'subscription { bookingChanged { kind } }',
      scopes: ['bookings:read'],
      followsEverybody: true,
      cursor: '',
      ...columns,
    },
  })
  return id
}
