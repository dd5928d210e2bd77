import { type DecryptDeps, openEncrypted } from '../../../core/audit/read/open-audited.ts'
import type { Clock } from '../../../platform/clock.ts'
import { dayMs } from '../../../platform/durations.ts'
import { sentencesOf } from '../../ai/briefs/answer.model.ts'
import {
  type ConfiguredBrief,
  type RequestConfiguredBriefDeps,
  requestConfiguredBrief,
} from '../../ai/briefs/request-configured-brief.ts'
import { attendeeCountOf, type Intake, intakeSchema } from '../../bookings/lifecycle/intake.model.ts'
import { type Answer, formAnswersSchema } from '../../forms/answers.model.ts'
import { readSetting } from '../../settings/reads.ts'
import type { SummaryContent, WrittenSummary } from '../model.ts'
import { plaintextMetadata } from '../plaintext.model.ts'
import { answeredQuestions } from '../question.model.ts'
import type { SummarySource } from '../source.reads.ts'
import { writeBrief } from './brief.model.ts'
import { loadPromptInput } from './load-prompt-input.ts'

export type WriteSummaryDeps = DecryptDeps & RequestConfiguredBriefDeps & Readonly<{ clock: Clock }>

/** Bounds implausible end times, as in retention/bookings.reads.ts: a wrong one must not keep a summary forever. */
const maxDurationMs = 31 * dayMs

/**
 * Decrypts the source of a summary (the caller has recorded the access), writes the summary with the configured provider or
 * by rules, and encrypts it. Stores nothing. If the provider fails, the rule-based summary is used and the reason is kept in
 * its metadata.
 *
 * @throws UnreadableError, recorded in the audit log
 */
export async function writeSummary(
  deps: WriteSummaryDeps,
  source: SummarySource,
  { summaryId, signal }: Readonly<{ summaryId: string; signal?: AbortSignal }>,
): Promise<WrittenSummary> {
  const intake = await openIntake(deps, source)
  const formAnswers = await openAnswers(deps, source)
  const {
    brief,
    facts,
    attendeeCount: attendeeNameCount,
  } = await loadPromptInput(deps, source, { intake, formAnswers })
  const aiBrief = await requestConfiguredBrief(deps, {
    bookingId: source.bookingId,
    ownerId: source.ownerId,
    isHigh: source.sensitivity === 'High' || source.isAnonymous,
    facts,
    ...(signal && { signal }),
  })
  const createdAt = deps.clock.now()
  const content: SummaryContent = {
    version: 2,
    text: writeBrief(brief, aiBrief?.answer ? sentencesOf(aiBrief.answer) : null),
    urgentMatters: brief.urgentMatters.slice(),
    answeredQuestions: answeredQuestions(brief.answers, brief.notes),
  }
  const aad = { column: 'context_summaries.encryptedSummary', rowId: summaryId, ownerId: source.ownerId } as const
  const ciphertext = await deps.vault.encrypt(JSON.stringify(content), aad)
  const attendeeCount = attendeeCountOf({ attendees: source.attendees, metadata: source.metadata }) || attendeeNameCount
  return {
    id: summaryId,
    ciphertext,
    sealedDigest: deps.vault.digestOf(ciphertext),
    metadata: plaintextMetadata(
      {
        ...brief,
        title: source.title,
        sensitivity: source.sensitivity,
        isAnonymous: source.isAnonymous,
        attendeeCount,
      },
      { at: createdAt, ...authorshipOf(aiBrief) },
    ),
    createdAt,
    // Counted from the meeting, so that a summary of a booking made half a year ahead still exists when it starts.
    expiresAt: new Date(
      Math.max(createdAt.getTime(), Math.min(source.endTime.getTime(), source.startTime.getTime() + maxDurationMs)) +
        (await retentionDaysOf(deps, source)) * dayMs,
    ),
  }
}

async function retentionDaysOf({ database }: WriteSummaryDeps, source: SummarySource): Promise<number> {
  return source.retentionDays ?? (await readSetting(database, 'summaries.retentionDays')).value
}

function authorshipOf(aiBrief: ConfiguredBrief | null) {
  if (aiBrief === null) return { method: 'rule-based' } as const
  const { provider, model, failure } = aiBrief
  return failure === null
    ? ({ method: 'ai-generated', provider, model } as const)
    : ({ method: 'rule-based', provider, model, reason: failure } as const)
}

const systemActor = { userId: null, origin: null }

async function openIntake(deps: DecryptDeps, source: SummarySource): Promise<Intake | null> {
  if (source.encryptedIntake === null) return null
  const text = {
    column: 'bookings.encryptedIntakeData',
    resource: 'booking',
    rowId: source.bookingId,
    bookingId: source.bookingId,
    sealed: source.encryptedIntake,
  } as const
  return openEncrypted(deps, text, source.ownerId, systemActor, (plaintext) =>
    intakeSchema.parse(JSON.parse(plaintext)),
  )
}

async function openAnswers(deps: DecryptDeps, source: SummarySource): Promise<Answer[]> {
  const opened = await Promise.all(
    source.formResponses.map(({ id, sealed }) => {
      const { bookingId } = source
      const text = {
        column: 'form_responses.encryptedData',
        resource: 'form_response',
        rowId: id,
        bookingId,
        sealed,
      } as const
      return openEncrypted(deps, text, source.ownerId, systemActor, (plaintext) =>
        formAnswersSchema.parse(JSON.parse(plaintext)),
      )
    }),
  )
  return opened.flatMap(({ answers }) => answers)
}
