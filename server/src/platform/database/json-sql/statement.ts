/** SQL with its parameters. */
export type Statement = Readonly<{ text: string; values: readonly unknown[] }>

/**
 * Collects the parameters of one statement. Equal values of one type share a parameter, so equal conditions have equal
 * text.
 */
export type Parameters = Readonly<{ values: unknown[]; add(value: unknown, type: string): string }>

export function collectParameters(): Parameters {
  const values: unknown[] = []
  const types = new Map<string, Map<unknown, string>>()
  return {
    values,
    add: (value, type) => {
      const placeholders = types.get(type) ?? new Map<unknown, string>()
      types.set(type, placeholders)
      // Usually the very same object: the fields of one operation share its variables.
      const same = placeholders.get(value)
      if (same !== undefined) return same
      const sent = value instanceof Date ? value.toISOString() : value
      const key = Array.isArray(sent) ? JSON.stringify(sent) : String(sent)
      const placeholder = placeholders.get(key) ?? `$${values.push(sent)}`
      placeholders.set(key, placeholder)
      placeholders.set(value, placeholder)
      return placeholder
    },
  }
}

/** A quoted identifier. Names come from the schema, never from a request. */
export function quoted(name: string): string {
  return `"${name}"`
}
