import { type OpenDeps, openEncrypted } from '../../../core/audit/read/open-audited.ts'
import type { Clock } from '../../../platform/clock.ts'
import { dayMs } from '../../../platform/durations.ts'
import { sentencesOf } from '../../ai/briefs/answer.model.ts'
import {
  type ConfiguredBrief,
  type RequestConfiguredBriefDeps,
  requestConfiguredBrief,
} from '../../ai/briefs/request-configured-brief.ts'
import { attendeeCountOf } from '../../bookings/lifecycle/attendees.model.ts'
import { type Intake, intakeSchema } from '../../bookings/lifecycle/intake.model.ts'
import { type Answer, formAnswersSchema } from '../../forms/answers.model.ts'
import { readSetting } from '../../settings/reads.ts'
import type { SummaryContent, WrittenSummary } from '../model.ts'
import { plaintextMetadata } from '../plaintext.model.ts'
import { answeredQuestions } from '../question.model.ts'
import type { SummarySource } from '../source.reads.ts'
import { writeBrief } from './brief.model.ts'
import { loadPromptInput } from './load-prompt-input.ts'

export type WriteSummaryDeps = OpenDeps & RequestConfiguredBriefDeps & Readonly<{ clock: Clock }>

/** An end that comes later after the start is wrong, and must not keep a summary for ever: bookings/retention.reads.ts. */
const longestMs = 31 * dayMs

/**
 * Opens what a summary is made from, whose reading is on record, writes it by the rules or by the provider that is
 * configured, and seals it. Stores nothing. A provider that fails leaves the rules' brief, with the reason beside it.
 *
 * @throws UnreadableError, on record
 */
export async function writeSummary(
  deps: WriteSummaryDeps,
  source: SummarySource,
  { summaryId, signal }: Readonly<{ summaryId: string; signal?: AbortSignal }>,
): Promise<WrittenSummary> {
  const intake = await openIntake(deps, source)
  const formAnswers = await openAnswers(deps, source)
  const { brief, facts, attendeeCount: writtenCount } = await loadPromptInput(deps, source, { intake, formAnswers })
  const asked = await requestConfiguredBrief(deps, {
    bookingId: source.bookingId,
    ownerId: source.ownerId,
    isHigh: source.sensitivity === 'High' || source.isAnonymous,
    facts,
    ...(signal && { signal }),
  })
  const createdAt = deps.clock.now()
  const content: SummaryContent = {
    version: 2,
    text: writeBrief(brief, asked?.answer ? sentencesOf(asked.answer) : null),
    urgentMatters: brief.urgentMatters.slice(),
    answeredQuestions: answeredQuestions(brief.answers, brief.notes),
  }
  const place = { column: 'context_summaries.encryptedSummary', rowId: summaryId, ownerId: source.ownerId } as const
  const sealed = await deps.vault.seal(JSON.stringify(content), place)
  const attendeeCount = attendeeCountOf({ attendees: source.attendees, metadata: source.metadata }) || writtenCount
  return {
    id: summaryId,
    sealed,
    sealedDigest: deps.vault.digestOf(sealed),
    metadata: plaintextMetadata(
      {
        ...brief,
        title: source.title,
        sensitivity: source.sensitivity,
        isAnonymous: source.isAnonymous,
        attendeeCount,
      },
      { at: createdAt, ...writtenBy(asked) },
    ),
    createdAt,
    // Counted from the meeting: a brief for a booking made half a year ahead must still be there when it starts.
    expiresAt: new Date(
      Math.max(createdAt.getTime(), Math.min(source.endTime.getTime(), source.startTime.getTime() + longestMs)) +
        (await retentionDaysOf(deps, source)) * dayMs,
    ),
  }
}

async function retentionDaysOf({ database }: WriteSummaryDeps, source: SummarySource): Promise<number> {
  return source.retentionDays ?? (await readSetting(database, 'summaries.retentionDays')).value
}

function writtenBy(asked: ConfiguredBrief | null) {
  if (asked === null) return { method: 'rule-based' } as const
  const { provider, model, failure } = asked
  return failure === null
    ? ({ method: 'ai-generated', provider, model } as const)
    : ({ method: 'rule-based', provider, model, reason: failure } as const)
}

const theSystem = { userId: null, origin: null }

async function openIntake(deps: OpenDeps, source: SummarySource): Promise<Intake | null> {
  if (source.sealedIntake === null) return null
  const text = {
    column: 'bookings.encryptedIntakeData',
    resource: 'booking',
    rowId: source.bookingId,
    bookingId: source.bookingId,
    sealed: source.sealedIntake,
  } as const
  return openEncrypted(deps, text, source.ownerId, theSystem, (plaintext) => intakeSchema.parse(JSON.parse(plaintext)))
}

async function openAnswers(deps: OpenDeps, source: SummarySource): Promise<Answer[]> {
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
      return openEncrypted(deps, text, source.ownerId, theSystem, (plaintext) =>
        formAnswersSchema.parse(JSON.parse(plaintext)),
      )
    }),
  )
  return opened.flatMap(({ answers }) => answers)
}
