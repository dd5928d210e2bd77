import type { Client, OperationResult } from '@urql/core'
import {
  OpenFormAnswersDocument,
  OpenIntakeDocument,
  type OpenIntakeQuery,
  OpenSummaryDocument,
} from '../../gql/graphql.ts'
import { problemOf, problemOfCode, unreachable } from '../../lib/problem.ts'
import type { Opened, Words } from './sealed-words.ts'

const gone: Opened = { problem: problemOfCode('NOT_FOUND') }

/** Opens a summary. The server writes the audit entry before it answers; so do the other two. */
export async function readSummary(sealed: Client, id: string): Promise<Opened> {
  const result = await sealed.query(OpenSummaryDocument, { id }).toPromise()
  return openedFrom(result, ({ node }) => {
    if (node?.__typename !== 'ContextSummary' || node.content === null) return null
    const { text, isUrgent, answeredQuestions } = node.content
    const from = answeredQuestions.length === 0 ? [] : [{ label: 'Written from', values: answeredQuestions }]
    return { paragraphs: text.split(/\n+/), answers: from, isUrgent }
  })
}

/** Opens what the attendee wrote when booking, and who they are where the booking hides it. */
export async function readIntake(sealed: Client, bookingId: string): Promise<Opened> {
  const result = await sealed.query(OpenIntakeDocument, { bookingId }).toPromise()
  return openedFrom(result, ({ booking }) => (booking?.intake ? wordsOfIntake(booking.intake) : null))
}

/** Opens the answers of one form. */
export async function readFormAnswers(sealed: Client, id: string): Promise<Opened> {
  const result = await sealed.query(OpenFormAnswersDocument, { id }).toPromise()
  return openedFrom(result, ({ node }) => {
    if (node?.__typename !== 'FormResponse' || node.answers === null) return null
    return { paragraphs: [], answers: node.answers }
  })
}

/** An error anywhere in the answer means that nothing is shown: half of what was sealed would look like all of it. */
function openedFrom<Data>(result: OperationResult<Data>, words: (data: Data) => Words | null): Opened {
  if (result.error) return { problem: problemOf(result.error) }
  if (!result.data) return { problem: unreachable }
  const opened = words(result.data)
  return opened === null ? gone : { words: opened }
}

type Intake = NonNullable<NonNullable<OpenIntakeQuery['booking']>['intake']>

function wordsOfIntake(intake: Intake): Words {
  const people = intake.attendees.map(({ name, email }) => (email === null ? name : `${name}, ${email}`))
  const contacts = intake.contacts.flatMap(({ name, email, phoneNumber }) => {
    const isShownAbove = phoneNumber === null && people.some((person) => email !== null && person.endsWith(email))
    const parts = [name, phoneNumber, email].filter((part) => part !== null)
    return isShownAbove || (phoneNumber ?? email) === null ? [] : [parts.join(', ')]
  })
  const optional = [
    { label: 'Where', values: intake.location },
    { label: 'Why it was cancelled', values: intake.cancellationReason },
    { label: 'Why it was declined', values: intake.rejectionReason },
  ].flatMap(({ label, values }) => (values === null ? [] : [{ label, values: [values] }]))
  return {
    paragraphs: intake.notes?.split(/\n+/) ?? [],
    answers: [
      ...intake.answers,
      { label: people.length === 1 ? 'Who comes' : 'Who come', values: people },
      ...(contacts.length === 0 ? [] : [{ label: 'Call or write', values: contacts }]),
      ...optional,
    ],
  }
}
