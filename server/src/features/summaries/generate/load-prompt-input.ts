import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { BookingFacts } from '../../ai/prompt.model.ts'
import { attendeesOf, type Intake } from '../../bookings/lifecycle/intake.model.ts'
import { urgentMattersIn } from '../../bookings/lifecycle/sensitivity.model.ts'
import type { Answer } from '../../forms/answers.model.ts'
import { meetingZone } from '../model.ts'
import type { SummarySource } from '../source.reads.ts'
import type { BriefSource } from './brief.model.ts'
import { formatPromptInput } from './format-prompt-input.ts'
import { findHistory } from './history.reads.ts'

/** The texts of a booking, decrypted by the caller. */
export type DecryptedTexts = Readonly<{ intake: Intake | null; formAnswers: readonly Answer[] }>

/** The input of a brief, and the part of it that may go into a prompt. */
export type PromptInput = Readonly<{ brief: BriefSource; facts: BookingFacts; attendeeCount: number }>

/** Collects the input of a booking's brief, for the rules and for a provider. */
export async function loadPromptInput(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  source: SummarySource,
  { intake, formAnswers }: DecryptedTexts,
): Promise<PromptInput> {
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
        : await findHistory(database, {
            ownerId: source.ownerId,
            // Of two meetings to come, the later one isn't a second meeting yet.
            before: new Date(Math.min(source.startTime.getTime(), clock.now().getTime())),
            emails,
          }),
    urgentMatters: urgentMattersIn(textsOf(intake, answers)),
  }
  const facts = formatPromptInput(brief, {
    contacts: contactsIn(intake, emails),
    ownerName: source.ownerName,
    now: clock.now(),
  })
  return { brief, facts, attendeeCount: attendees.length }
}

/** Merges the answers of the intake and the form by question. The form's answer takes precedence, as it is more complete. */
function mergedBySlug(intakeAnswers: readonly Answer[], formAnswers: readonly Answer[]): Answer[] {
  return [...new Map([...intakeAnswers, ...formAnswers].map((answer) => [answer.slug, answer])).values()]
}

/** All free text that people may have typed. */
function textsOf(intake: Intake | null, answers: readonly Answer[]): string[] {
  const { title, notes, location, cancellationReason, rejectionReason, attendees = [] } = intake ?? {}
  const texts = [title, notes, location, cancellationReason, rejectionReason, ...attendees.map(({ name }) => name)]
  return [...texts.filter((text) => typeof text === 'string'), ...answers.flatMap(({ values }) => values)]
}

/** All email addresses and phone numbers of the attendees. Prompts contain placeholders for them. */
function contactsIn(intake: Intake | null, emails: readonly string[]): string[] {
  const contacts = (intake?.contacts ?? []).flatMap(({ email, phoneNumber }) => [email, phoneNumber])
  return [...new Set([...emails, ...contacts.filter((contact) => contact !== null)])]
}
