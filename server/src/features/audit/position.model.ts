/** A position in the log: by time, then by ID for equal times. */
export type Position = Readonly<{ createdAt: Date; id: string }>

/** The position that a cursor carries. */
export function positionOf(values: readonly unknown[] | null): Position | null {
  const [createdAt, id] = values ?? []
  return createdAt instanceof Date && typeof id === 'string' ? { createdAt, id } : null
}
