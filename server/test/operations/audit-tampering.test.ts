import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Services } from '../../src/bootstrap.ts'
import { bookingWebhook } from '../../src/commands/simulate/payloads.ts'
import type { PersonViewer } from '../../src/core/access/viewer.ts'
import { headFileName } from '../../src/core/audit/seal/head-file-name.ts'
import { rotateKey } from '../../src/core/keys/rotate-key.ts'
import { agreeToAiConfiguration } from '../../src/features/ai/configurations/agree-to-ai-configuration.ts'
import { createAiConfiguration } from '../../src/features/ai/configurations/create-ai-configuration.ts'
import { withdrawAiConsent } from '../../src/features/ai/configurations/withdraw-ai-consent.ts'
import { readConfigurationWithConsent } from '../../src/features/ai/read-configuration-with-consent.ts'
import { digestOfTerms, termsOf } from '../../src/features/ai/terms.model.ts'
import { handOverBooking } from '../../src/features/bookings/commands/hand-over-booking.ts'
import { setBookingAnonymity } from '../../src/features/bookings/commands/set-booking-anonymity.ts'
import { setBookingSensitivity } from '../../src/features/bookings/commands/set-booking-sensitivity.ts'
import { emptyBookings } from '../../src/features/bookings/retention/empty-bookings.ts'
import { recomputePlaintextColumns } from '../../src/features/bookings/retention/recompute-plaintext-columns.ts'
import { renameEventType } from '../../src/features/forms/rename-event-type.ts'
import { reEncryptSlice } from '../../src/features/maintenance/re-encrypt-slice.ts'
import { deleteSummary } from '../../src/features/summaries/retention/delete-summary.ts'
import { createApiToken } from '../../src/features/tokens/create-api-token.ts'
import { revokeApiToken } from '../../src/features/tokens/revoke-api-token.ts'
import { deactivateUser } from '../../src/features/users/admin/deactivate-user.ts'
import { reactivateUser } from '../../src/features/users/admin/reactivate-user.ts'
import { changePassword } from '../../src/features/users/links/change-password.ts'
import { signIn } from '../../src/features/users/sessions/sign-in.ts'
import { updateProfile } from '../../src/features/users/update-profile.ts'
import { createEndpoint } from '../../src/features/webhooks/endpoints/create-endpoint.ts'
import { cloneOf, createAuditedChurch, tamperWith, temporaryHome, verifyDatabase } from '../support/audited-church.ts'
import { bookingNumber, deliver } from '../support/cal.ts'
import { testOrigin } from '../support/parish.ts'

let church: Awaited<ReturnType<typeof createAuditedChurch>>
beforeAll(async () => {
  church = await createAuditedChurch(typicalYear)
}, 300_000)
afterAll(() => church.drop())

/** A typical year of a church. Everything is done through the product. */
async function typicalYear({ deps }: Services): Promise<void> {
  const { database, vault } = deps
  const credentials = [
    { email: 'miriam@riverside.example', password: 'by-still-waters' },
    { email: 'ellen@riverside.example', password: 'keys-to-the-house' },
  ] as const
  const [miriam, ellen] = await Promise.all(
    credentials.map(async (each) => (await signIn(deps, null, testOrigin, each)).viewer),
  )
  if (!miriam || !ellen) throw new Error('nobody is signed in')
  await updateProfile(deps, miriam, testOrigin, { name: 'Miriam Okafor-Lind', bio: 'Pastor' })
  const daniel = await database.user.findFirstOrThrow({ where: { name: { startsWith: 'Daniel' } } })
  const own = { userId: miriam.userId, status: 'confirmed' } as const
  const bookings = await database.booking.findMany({ where: own, include: { contextSummaries: true }, take: 3 })
  await handOverBooking(deps, miriam, testOrigin, { bookingId: bookings[0]?.id ?? '', toUserId: daniel.id })
  await deleteSummary(deps, miriam, testOrigin, bookings[1]?.contextSummaries[0]?.id ?? '')
  await deactivateUser(deps, ellen, testOrigin, daniel.id)
  await reactivateUser(deps, ellen, testOrigin, daniel.id)
  await moveBookings(deps, miriam)
  await agreeAndWithdraw(deps, miriam)
  const scopes = ['bookings:read', 'forms:read'] as const
  for (const owner of [miriam, ellen]) await createApiToken(deps, owner, testOrigin, { name: 'x', scopes })
  const { tokenId } = await createApiToken(deps, miriam, testOrigin, { name: 'old', scopes })
  await revokeApiToken(deps, miriam, testOrigin, tokenId)
  await createEndpoint(deps, miriam, testOrigin, {
    name: 'Screen',
    url: 'https://screen.example/hook',
    document: 'subscription { bookingChanged { booking { id status } } }',
    scopes: ['bookings:read'],
  })
  const newPassword = 'a different phrase by the river'
  await changePassword(deps, ellen, testOrigin, { currentPassword: 'keys-to-the-house', newPassword })
  await database.$transaction((tx) => rotateKey(tx, vault, null))
  await vault.reload()
  expect((await reEncryptSlice(deps, null, new AbortController().signal)).resealed).toBeGreaterThan(100)
  expect(await emptyBookings(deps, { part: 'answers', batch: 20, retentionDays: 7 })).toBe(20)
  expect(await emptyBookings(deps, { part: 'people', batch: 20, retentionDays: 7 })).toBe(20)
  expect((await recomputePlaintextColumns({ ...deps, log: { error: () => undefined } })).renewed).toBe(0)
}

type Deps = Services['deps']

/** A booking hidden by its pastor and rescheduled twice; one that arrives after its successor; a renamed event type. */
async function moveBookings(deps: Deps, miriam: PersonViewer): Promise<void> {
  const { id, email } = await deps.database.user.findUniqueOrThrow({ where: { id: miriam.userId } })
  const { calUserId, schedulingUsername: username } = await deps.database.user.findUniqueOrThrow({ where: { id } })
  const pastor = { id: Number(calUserId), name: 'Miriam', username, email, timeZone: 'Europe/Berlin' }
  const eventType = await deps.database.eventType.findFirstOrThrow({ where: { userId: id } })
  const numbered = (number: number) => bookingNumber(number, { pastor, start: new Date('2031-01-05T09:00:00Z') })
  const deliverBooking = async (number: number, from?: number) => {
    const rescheduled = { rescheduleUid: `uid-${from}`, rescheduleId: from }
    const trigger = from === undefined ? 'BOOKING_CREATED' : 'BOOKING_RESCHEDULED'
    const at = new Date(Date.UTC(2026, 5, 1, 0, number % 60))
    const webhook = bookingWebhook(trigger, at, numbered(number), from === undefined ? {} : rescheduled)
    return (await deliver({ ...deps, log: { error: () => undefined } }, webhook)).bookingId ?? ''
  }
  const bookingId = await deliverBooking(900_001)
  await setBookingSensitivity(deps, miriam, testOrigin, { bookingId, sensitivity: 'High' })
  await setBookingAnonymity(deps, miriam, testOrigin, { bookingId, isAnonymous: true })
  await deliverBooking(900_002, 900_001)
  const last = await deliverBooking(900_003, 900_002)
  await setBookingSensitivity(deps, miriam, testOrigin, { bookingId: last, sensitivity: 'Medium' })
  await deliverBooking(900_005, 900_004)
  await deliverBooking(900_004)
  await renameEventType(deps, miriam, testOrigin, { eventTypeId: eventType.id, title: 'Talk over coffee' })
  const { renewed } = await recomputePlaintextColumns(
    { ...deps, log: { error: () => undefined } },
    { userId: id, eventTypeId: eventType.eventTypeId },
  )
  expect(renewed).toBeGreaterThan(0)
}

/** One active consent, without HIGH; one that was withdrawn. */
async function agreeAndWithdraw(deps: Deps, miriam: PersonViewer): Promise<void> {
  const input = { isForChurch: false, provider: 'openai', model: 'gpt-4o-mini', promptTemplate: '{{form}}' }
  const agree = async (includesHighSensitivity: boolean) => {
    const configurationId = await createAiConfiguration(deps, miriam, testOrigin, input)
    const configuration = await deps.database.$transaction((tx) =>
      readConfigurationWithConsent(tx, miriam.userId, configurationId),
    )
    const terms = configuration && termsOf(configuration)
    if (!terms) throw new Error('there is nothing to agree to')
    const agreement = { configurationId, termsDigest: digestOfTerms(terms), includesHighSensitivity }
    await agreeToAiConfiguration(deps, miriam, testOrigin, agreement)
    return configurationId
  }
  await withdrawAiConsent(deps, miriam, testOrigin, { configurationId: await agree(true), only: null })
  await withdrawAiConsent(deps, miriam, testOrigin, { configurationId: await agree(true), only: 'high_sensitivity' })
  await agree(false)
}

/** The findings in a copy of the church after these statements, with the original heads. */
async function found(...statements: string[]) {
  await using copy = await copyOfChurch()
  await tamperWith(copy.url, ...statements)
  return await verifyDatabase(copy.url, [{ path: join(church.home, headFileName), kind: 'own' }])
}

async function copyOfChurch() {
  const { url, drop } = await cloneOf(church.url)
  return { url, [Symbol.asyncDispose]: drop }
}

const entriesOf = (subject: string) => `DELETE FROM audit_logs WHERE ${subject}`

test('a typical year leaves no findings', async () => {
  const { findings, report } = await found()
  expect(findings).toEqual([])
  expect(report).toMatchObject({ users: 3, unknown: 0, heads: 1, unsealed: { rows: 0 } })
  expect(report.values).toBeGreaterThan(100)
})

describe('SQL that changes no row of the log is detected', () => {
  test.each([
    [
      'names and email addresses of two users swapped',
      'user_changed',
      `UPDATE users SET email = CASE role WHEN 'admin' THEN 'x@y.example' ELSE email END;
       UPDATE users a SET name = b.name, email = b.email || 'x' FROM users b WHERE a.role = 'pastor' AND b.role = 'pastor' AND a.id <> b.id`,
    ],
    ['a pastor promoted to admin', 'user_changed', `UPDATE users SET role = 'admin' WHERE name LIKE 'Miriam%'`],
    [
      'a Cal.com username given to another user',
      'user_changed',
      `UPDATE users SET "calUserId" = '1' WHERE name LIKE 'Miriam%'`,
    ],
    [
      "a password's hash replaced",
      'user_changed',
      `UPDATE user_credentials SET "passwordHash" = (SELECT max("passwordHash") FROM user_credentials)`,
    ],
    ['a user deleted', 'missing', `DELETE FROM users WHERE role = 'admin'`],
    [
      'a user inserted',
      'no_entry',
      `INSERT INTO users (id, email, name, "churchName", role, "calUserId", "schedulingUsername", "schedulingLink")
       VALUES (gen_random_uuid(), 'e@e.example', 'E', 'E', 'admin', 'e', 'e', 'e')`,
    ],
    [
      'a booking reassigned to a colleague',
      'wrong_owner',
      `UPDATE bookings SET "userId" = (SELECT id FROM users WHERE name LIKE 'Daniel%')
       WHERE id = (SELECT id FROM bookings WHERE "userId" <> (SELECT id FROM users WHERE name LIKE 'Daniel%') LIMIT 1)`,
    ],
    [
      'an intake set to NULL',
      'missing',
      `UPDATE bookings SET "encryptedIntakeData" = NULL
       WHERE id = (SELECT id FROM bookings WHERE "encryptedIntakeData" IS NOT NULL LIMIT 1)`,
    ],
    [
      'a summary deleted',
      'missing',
      'DELETE FROM context_summaries WHERE id = (SELECT id FROM context_summaries LIMIT 1)',
    ],
    ['answers deleted', 'missing', 'DELETE FROM form_responses WHERE id = (SELECT id FROM form_responses LIMIT 1)'],
    ['a booking deleted', 'missing', 'DELETE FROM bookings WHERE id = (SELECT id FROM bookings LIMIT 1)'],
    [
      'a booking deleted with its key',
      'missing',
      `DELETE FROM bookings WHERE id = (SELECT min(id::text)::uuid FROM booking_keys);
       DELETE FROM booking_keys WHERE id = (SELECT min(id::text)::uuid FROM booking_keys)`,
    ],
    [
      'the intakes of two bookings exchanged',
      'rolled_back',
      `UPDATE bookings b SET "encryptedIntakeData" = o."encryptedIntakeData"
       FROM (SELECT id, "encryptedIntakeData" FROM bookings WHERE "encryptedIntakeData" IS NOT NULL ORDER BY id LIMIT 1) o
       WHERE b."encryptedIntakeData" IS NOT NULL AND b.id <> o.id`,
    ],
    [
      'a summary moved to another booking',
      'no_entry',
      `UPDATE context_summaries SET "bookingId" = (SELECT max(id::text)::uuid FROM booking_keys)
       WHERE id = (SELECT id FROM context_summaries WHERE "bookingId" <> (SELECT max(id::text)::uuid FROM booking_keys) LIMIT 1)`,
    ],
    [
      'a session inserted',
      'access',
      `INSERT INTO sessions (id, "userId", "expiresAt") SELECT repeat('a', 64), id, now() + interval '1 day' FROM users LIMIT 1`,
    ],
    [
      'a token inserted',
      'access',
      `INSERT INTO api_tokens (id, "userId", name, prefix, "tokenHash", scopes, "expiresAt")
       SELECT gen_random_uuid(), id, 'x', 'x', repeat('b', 64), '{audit:read}', now() + interval '1 day' FROM users LIMIT 1`,
    ],
    [
      'a session reassigned to another user',
      'access',
      `UPDATE sessions SET "userId" = (SELECT id FROM users WHERE name LIKE 'Daniel%')`,
    ],
    [
      "a token's scopes widened",
      'access',
      `UPDATE api_tokens SET scopes = scopes || '{bookings:write}' WHERE id = (SELECT id FROM api_tokens WHERE "revokedAt" IS NULL LIMIT 1)`,
    ],
    ['a revoked token reactivated', 'access', `UPDATE api_tokens SET "revokedAt" = NULL`],
    [
      'a token reassigned to another user',
      'access',
      `UPDATE api_tokens SET "userId" = (SELECT id FROM users WHERE name LIKE 'Daniel%')`,
    ],
    ['high sensitivity added to a consent', 'grant', `UPDATE ai_consents SET "includesHighSensitivity" = true`],
    ['the address of a consent changed', 'grant', `UPDATE ai_consents SET "baseUrl" = 'https://evil.example/v1'`],
    ['the path of a consent changed', 'grant', `UPDATE ai_consents SET "baseUrl" = "baseUrl" || '/evil'`],
    ['masking removed from a consent', 'grant', `UPDATE ai_consents SET "piiDetection" = false`],
    ['the template of a consent changed', 'grant', `UPDATE ai_consents SET "templateDigest" = repeat('0', 64)`],
    ['the model of a consent changed', 'grant', `UPDATE ai_consents SET model = 'gpt-9'`],
    [
      'a consent reassigned to another pastor',
      'grant',
      `UPDATE ai_consents SET "userId" = (SELECT id FROM users WHERE name LIKE 'Daniel%')`,
    ],
    [
      'a withdrawn consent restored',
      'grant',
      `INSERT INTO ai_consents (SELECT f.id, c."userId", now(), c.provider, c.model, c."baseUrl", c."templateDigest",
         c."piiDetection", c."includesHighSensitivity", NULL
       FROM ai_consents c, ai_configurations f WHERE NOT EXISTS (SELECT FROM ai_consents o WHERE o."configurationId" = f.id)
       LIMIT 1)`,
    ],
    [
      'an endpoint reassigned to another user',
      'grant',
      `UPDATE webhook_endpoints SET "userId" = (SELECT id FROM users WHERE role = 'admin'), "followsEverybody" = true`,
    ],
    ["an endpoint's scopes widened", 'grant', `UPDATE webhook_endpoints SET scopes = scopes || '{audit:read}'`],
    [
      'the sensitivity of a booking lowered',
      'grant',
      `UPDATE bookings SET sensitivity = 'Low' WHERE "calBookingUid" = 'uid-900001'`,
    ],
    [
      'a pastor’s own setting of a booking removed',
      'grant',
      `UPDATE bookings SET metadata = metadata || '{"pastorSensitivity": null}' WHERE "calBookingUid" = 'uid-900001'`,
    ],
    [
      'answers moved to another booking',
      'no_entry',
      `UPDATE form_responses SET "bookingId" = (SELECT max(id::text)::uuid FROM booking_keys)
       WHERE id = (SELECT id FROM form_responses WHERE "bookingId" <> (SELECT max(id::text)::uuid FROM booking_keys) LIMIT 1)`,
    ],
    ['the seals renumbered', 'forged', 'UPDATE audit_seals SET number = number + 1'],
  ])('%s', async (_what, kind, sql) => {
    expect((await found(sql)).kinds).toContain(kind)
  })
})

describe('a log restored from a copy', () => {
  const rolledBack = `DELETE FROM audit_seals; ${entriesOf('true')}`

  test('with its seals is detected by newer data, and by each witness', async () => {
    await using copy = await copyOfChurch()
    // The log before its last hundred entries, with no seals and no heads: what remains is consistent.
    await tamperWith(
      copy.url,
      'DELETE FROM audit_seals',
      `DELETE FROM audit_logs WHERE id IN (SELECT id FROM audit_logs ORDER BY (metadata ->> 'position')::bigint DESC NULLS LAST LIMIT 100)`,
    )
    const withoutWitness = await verifyDatabase(copy.url, [])
    expect(withoutWitness.kinds).toEqual(expect.arrayContaining(['missing', 'rolled_back']))
    const witness = join(temporaryHome(), 'heads')
    await writeFile(witness, church.heads)
    const witnessed = await verifyDatabase(copy.url, [{ path: witness, kind: 'witness' }])
    expect(witnessed.kinds).toContain('cut_off')
  })

  test('to an empty one without heads doesn’t pass', async () => {
    await using copy = await copyOfChurch()
    await tamperWith(copy.url, rolledBack)
    expect((await verifyDatabase(copy.url, [])).kinds).toEqual(expect.arrayContaining(['empty', 'no_entry']))
  })

  test('without its seals counts as unsealed, and without an external head nothing is proven', async () => {
    await using copy = await copyOfChurch()
    await tamperWith(
      copy.url,
      'DELETE FROM audit_seals',
      `UPDATE audit_logs SET "createdAt" = "createdAt" - interval '2 hours'`,
    )
    expect((await verifyDatabase(copy.url, [])).kinds).toEqual(['unsealed'])
    await using intact = await copyOfChurch()
    expect((await verifyDatabase(intact.url, [])).kinds).toEqual(['no_witness'])
  })
})

describe('a witness', () => {
  test.each([
    ['that is missing', () => rm(join(church.home, 'none'), { force: true }), 'no_witness'],
    ['that is empty', () => writeFile(join(church.home, 'none'), ''), 'no_witness'],
    ['that contains something else', () => writeFile(join(church.home, 'none'), 'nothing\n'), 'no_witness'],
    ['that contains the heads', () => writeFile(join(church.home, 'none'), church.heads), null],
  ])('%s', async (_what, prepare, kind) => {
    await using copy = await copyOfChurch()
    await prepare()
    const { kinds } = await verifyDatabase(copy.url, [{ path: join(church.home, 'none'), kind: 'witness' }])
    expect(kinds).toEqual(kind === null ? [] : [kind])
  })

  test('that can’t be read', async () => {
    await using copy = await copyOfChurch()
    const { kinds } = await verifyDatabase(copy.url, [{ path: church.home, kind: 'witness' }])
    expect(kinds).toEqual(['no_witness'])
  })
})
