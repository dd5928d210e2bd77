/** A position in the log: by time, then by ID for equal times. */
export type Position = Readonly<{ createdAt: Date; id: string }>

const cursorText = /^(\d{1,15})_([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/

/** Encodes a position as an opaque cursor. It stays valid when the row is deleted. */
export function cursorOf({ createdAt, id }: Position): string {
  return Buffer.from(`${createdAt.getTime()}_${id}`, 'utf8').toString('base64url')
}

/** Decodes a cursor. Null if `cursorOf` could not have created it. */
export function positionOf(cursor: string): Position | null {
  const [, time, id] = cursorText.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? []
  return time === undefined || id === undefined ? null : { createdAt: new Date(Number(time)), id }
}
