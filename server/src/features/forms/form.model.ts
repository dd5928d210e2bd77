import { z } from 'zod'

const fieldSchema = z.object({ slug: z.string(), label: z.string(), type: z.string().default('text') })

export type FormField = Readonly<z.infer<typeof fieldSchema>>

/** The JSON in `forms.schema`: the questions of an event type, and the default sensitivity of its bookings. */
const formSchemaSchema = z.object({
  version: z.literal(1),
  sensitivity: z.enum(['High', 'Medium', 'Low']).optional(),
  fields: z.array(fieldSchema),
})

export type FormSchema = Readonly<z.infer<typeof formSchemaSchema>>

/** The sensitivity of a form. Defaults to Medium. */
export function sensitivityOf({ sensitivity }: FormSchema): 'High' | 'Medium' | 'Low' {
  return sensitivity ?? 'Medium'
}

const emptyFormSchema: FormSchema = { version: 1, fields: [] }

/** Parses the column. An unreadable schema counts as one without questions. */
export function formSchemaOf(column: unknown): FormSchema {
  const parsed = formSchemaSchema.safeParse(column)
  return parsed.success ? parsed.data : emptyFormSchema
}

/** Adds missing questions to a schema. Existing ones keep their position and label. Null if none are missing. */
function withQuestions(schema: FormSchema, asked: readonly { slug: string; label: string }[]): FormSchema | null {
  const fields = new Map(schema.fields.map((field) => [field.slug, field]))
  for (const { slug, label } of asked) if (!fields.has(slug)) fields.set(slug, { slug, label, type: 'text' })
  return fields.size === schema.fields.length ? null : { ...schema, fields: [...fields.values()] }
}

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
export function coversAllQuestions(form: Form, received: ReceivedQuestions): boolean {
  return received.asked.length === 0 || completedForm(form, received) === null
}

/** The name of a form until a payload contains the event type's name. Payloads about meetings never do. */
export function defaultFormName(eventTypeId: number): string {
  return `Event type ${eventTypeId}`
}
