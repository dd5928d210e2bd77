import type { Client, OperationResult } from '@urql/core'
import {
  OpenFormAnswersDocument,
  OpenIntakeDocument,
  type OpenIntakeQuery,
  OpenSummaryDocument,
} from '../../gql/graphql.ts'
import { mailLink, phoneLink } from '../../lib/contact-link.ts'
import { problemOf, problemOfCode, unreachable } from '../../lib/problem.ts'
import type { ContactLine, DecryptedText, Opened } from './encrypted-texts.ts'

const notFound: Opened = { problem: problemOfCode('NOT_FOUND') }

/** Opens a summary. The server writes the audit entry before it responds, as it does for the other two. */
export async function readSummary(client: Client, id: string): Promise<Opened> {
  const result = await client.query(OpenSummaryDocument, { id }).toPromise()
  return openedFrom(result, ({ node }) => {
    if (node?.__typename !== 'ContextSummary' || node.content === null) return null
    const { text, isUrgent, answeredQuestions } = node.content
    const from = answeredQuestions.length === 0 ? [] : [{ label: 'Written from', values: answeredQuestions }]
    return { paragraphs: text.split(/\n+/), answers: from, isUrgent }
  })
}

/** Opens what the attendee wrote when booking, and their identity if the booking hides it. */
export async function readIntake(client: Client, bookingId: string): Promise<Opened> {
  const result = await client.query(OpenIntakeDocument, { bookingId }).toPromise()
  return openedFrom(result, ({ booking }) => (booking?.intake ? textsOfIntake(booking.intake) : null))
}

/** Opens the answers of one form. */
export async function readFormAnswers(client: Client, id: string): Promise<Opened> {
  const result = await client.query(OpenFormAnswersDocument, { id }).toPromise()
  return openedFrom(result, ({ node }) => {
    if (node?.__typename !== 'FormResponse' || node.answers === null) return null
    return { paragraphs: [], answers: node.answers }
  })
}

/** Show nothing if the response contains any error: a partial result would look complete. */
function openedFrom<Data>(result: OperationResult<Data>, toText: (data: Data) => DecryptedText | null): Opened {
  if (result.error) return { problem: problemOf(result.error) }
  if (!result.data) return { problem: unreachable }
  const opened = toText(result.data)
  return opened === null ? notFound : { text: opened }
}

type Intake = Omit<NonNullable<NonNullable<OpenIntakeQuery['booking']>['intake']>, '__typename'>

/** What an intake shows: notes, answers, attendees, and their contacts. */
export function textsOfIntake(intake: Intake): DecryptedText {
  const people = intake.attendees.map((person) => contactLine({ ...person, phoneNumber: null }))
  const shown = new Set(hrefsOf(people))
  // Don't repeat contacts already shown with a person.
  const contacts = intake.contacts
    .map(contactLine)
    .filter((line) => line.links.length > 0 && !hrefsOf([line]).every((href) => shown.has(href)))
  const optional = [
    { label: 'Where', values: intake.location },
    { label: 'Cancellation reason', values: intake.cancellationReason },
    { label: 'Rejection reason', values: intake.rejectionReason },
  ].flatMap(({ label, values }) => (values === null ? [] : [{ label, values: [values] }]))
  return {
    paragraphs: intake.notes?.split(/\n+/) ?? [],
    answers: [
      ...intake.answers,
      { label: people.length === 1 ? 'Attendee' : 'Attendees', values: people },
      ...(contacts.length === 0 ? [] : [{ label: 'Contact', values: contacts }]),
      ...optional,
    ],
  }
}

function contactLine(
  person: Readonly<{ name: string | null; email: string | null; phoneNumber: string | null }>,
): ContactLine {
  const { name, email, phoneNumber } = person
  const links = [
    ...(phoneNumber === null ? [] : [phoneLink(phoneNumber)]),
    ...(email === null ? [] : [mailLink(email)]),
  ]
  return { name, links }
}

function hrefsOf(lines: readonly ContactLine[]): (string | null)[] {
  return lines.flatMap(({ links }) => links.map(({ label, href }) => href ?? label))
}
