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
      const places = types.get(type) ?? new Map<unknown, string>()
      types.set(type, places)
      // Usually the very same object: the fields of one operation share its variables.
      const same = places.get(value)
      if (same !== undefined) return same
      const sent = value instanceof Date ? value.toISOString() : value
      const key = Array.isArray(sent) ? JSON.stringify(sent) : String(sent)
      const place = places.get(key) ?? `$${values.push(sent)}`
      places.set(key, place)
      places.set(value, place)
      return place
    },
  }
}

/** A quoted identifier. Names come from the schema, never from a request. */
export function quoted(name: string): string {
  return `"${name}"`
}
