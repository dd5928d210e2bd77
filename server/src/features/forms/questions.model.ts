import { type FormSchema, withQuestions } from './form.model.ts'

type Form = Readonly<{ id: string; name: string; schema: FormSchema }>

/** What came with a booking of an event type: its name, where it was told, and its questions. */
type Asked = Readonly<{
  eventTypeId: number
  eventTypeTitle: string | null
  asked: readonly { slug: string; label: string }[]
}>

/** The form with the questions and the name that it lacks, or null when it lacks nothing. */
export function improvedForm(form: Form, { asked, eventTypeId, eventTypeTitle }: Asked): Form | null {
  const schema = withQuestions(form.schema, asked)
  const name = form.name === namelessForm(eventTypeId) ? (eventTypeTitle ?? form.name) : form.name
  return schema === null && name === form.name ? null : { id: form.id, name, schema: schema ?? form.schema }
}

/** Whether a form stays as it is, because it has all that was asked, or nothing was. */
export function knowsAllAsked(form: Form, given: Asked): boolean {
  return given.asked.length === 0 || improvedForm(form, given) === null
}

/** What a form is called until a payload says what the event type is called; those of meetings never do. */
export function namelessForm(eventTypeId: number): string {
  return `Event type ${eventTypeId}`
}
