import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import type { BookingFacts } from '../assistants/prompt.model.ts'
import { attendeesOf } from '../bookings/attendees.model.ts'
import type { Intake } from '../bookings/intake.model.ts'
import { urgentMattersIn } from '../bookings/urgency.model.ts'
import type { Answer } from '../forms/answers.model.ts'
import type { BriefSource } from './brief.model.ts'
import { findHistory } from './history.reads.ts'
import { meetingZone } from './model.ts'
import type { SummarySource } from './source.reads.ts'
import { tellFacts } from './tell-facts.ts'

/** What people wrote for a booking, opened by the caller. */
export type OpenedWords = Readonly<{ intake: Intake | null; formAnswers: readonly Answer[] }>

/** All that a brief is written from, and of it what a provider may be told. */
export type CollectedFacts = Readonly<{ brief: BriefSource; facts: BookingFacts; attendeeCount: number }>

/** Collects what a brief of a booking is written from, by the rules and by a provider alike. */
export async function collectFacts(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  source: SummarySource,
  { intake, formAnswers }: OpenedWords,
): Promise<CollectedFacts> {
  const attendees = intake?.attendees ?? attendeesOf(source.attendees) ?? []
  const emails = attendees.flatMap(({ email }) => (email === null ? [] : [email]))
  const answers = mergedBySlug(intake?.answers ?? [], formAnswers)
  const notes = intake?.notes ?? null
  const brief: BriefSource = {
    eventTypeTitle: source.eventTypeTitle,
    startTime: source.startTime,
    timeZone: meetingZone(source),
    durationMinutes: source.duration,
    location: source.location,
    attendeeNames: attendees.map(({ name }) => name),
    notes,
    answers,
    history:
      emails.length === 0
        ? null
        : await findHistory(database, { ownerId: source.ownerId, before: source.startTime, emails }),
    urgentMatters: urgentMattersIn([intake?.title ?? '', notes ?? '', ...answers.flatMap(({ values }) => values)]),
  }
  const facts = tellFacts(brief, { emails, ownerName: source.ownerName, now: clock.now() })
  return { brief, facts, attendeeCount: attendees.length }
}

/** The intake's answers and the form's, each question once; the form's answer is the fuller one. */
function mergedBySlug(intakeAnswers: readonly Answer[], formAnswers: readonly Answer[]): Answer[] {
  return [...new Map([...intakeAnswers, ...formAnswers].map((answer) => [answer.slug, answer])).values()]
}
