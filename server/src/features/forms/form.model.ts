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
export function withQuestions(
  schema: FormSchema,
  asked: readonly { slug: string; label: string }[],
): FormSchema | null {
  const fields = new Map(schema.fields.map((field) => [field.slug, field]))
  for (const { slug, label } of asked) if (!fields.has(slug)) fields.set(slug, { slug, label, type: 'text' })
  return fields.size === schema.fields.length ? null : { ...schema, fields: [...fields.values()] }
}
