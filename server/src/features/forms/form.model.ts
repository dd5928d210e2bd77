import { z } from 'zod'

const fieldSchema = z.object({ slug: z.string(), label: z.string(), type: z.string().default('text') })

export type FormField = Readonly<z.infer<typeof fieldSchema>>

/**
 * What `forms.schema` holds: the questions of an event type, and how sensitive its bookings are unless something raises
 * them.
 */
const formSchemaSchema = z.object({
  version: z.literal(1),
  sensitivity: z.enum(['High', 'Medium', 'Low']).optional(),
  fields: z.array(fieldSchema),
})

export type FormSchema = Readonly<z.infer<typeof formSchemaSchema>>

/** The setting as the schema says it, with the house's own where it says nothing. */
export function sensitivityOf({ sensitivity }: FormSchema): 'High' | 'Medium' | 'Low' {
  return sensitivity ?? 'Medium'
}

const emptyFormSchema: FormSchema = { version: 1, fields: [] }

/** What the column says; a schema that can't be read counts as one without questions. */
export function formSchemaOf(column: unknown): FormSchema {
  const parsed = formSchemaSchema.safeParse(column)
  return parsed.success ? parsed.data : emptyFormSchema
}

/** The schema with the questions that it lacks, or null when it lacks none. Known ones keep their place and label. */
export function withQuestions(
  schema: FormSchema,
  asked: readonly { slug: string; label: string }[],
): FormSchema | null {
  const fields = new Map(schema.fields.map((field) => [field.slug, field]))
  for (const { slug, label } of asked) if (!fields.has(slug)) fields.set(slug, { slug, label, type: 'text' })
  return fields.size === schema.fields.length ? null : { ...schema, fields: [...fields.values()] }
}
