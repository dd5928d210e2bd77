import { type FormSchema, withQuestions } from './form.model.ts'

type Form = Readonly<{ id: string; name: string; schema: FormSchema }>

/** The event type's ID, name and questions, as they came with a booking. */
type ReceivedQuestions = Readonly<{
  eventTypeId: number
  eventTypeTitle: string | null
  asked: readonly { slug: string; label: string }[]
}>

/** The form with the missing questions and name added. Null if nothing is missing. */
export function completedForm(form: Form, { asked, eventTypeId, eventTypeTitle }: ReceivedQuestions): Form | null {
  const schema = withQuestions(form.schema, asked)
  const name = form.name === defaultFormName(eventTypeId) ? (eventTypeTitle ?? form.name) : form.name
  return schema === null && name === form.name ? null : { id: form.id, name, schema: schema ?? form.schema }
}

/** Whether the form has all questions that were asked, so that no update is needed. */
export function coversAllQuestions(form: Form, given: ReceivedQuestions): boolean {
  return given.asked.length === 0 || completedForm(form, given) === null
}

/** The name of a form until a payload contains the event type's name. Payloads about meetings never do. */
export function defaultFormName(eventTypeId: number): string {
  return `Event type ${eventTypeId}`
}
