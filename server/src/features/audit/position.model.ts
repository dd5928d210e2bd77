/** A place in the log: by time, and by id where times are equal. */
export type Position = Readonly<{ createdAt: Date; id: string }>

const cursorText = /^(\d{1,15})_([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/

/** A place as an opaque cursor. It names no row: it holds also where the row is gone. */
export function cursorOf({ createdAt, id }: Position): string {
  return Buffer.from(`${createdAt.getTime()}_${id}`, 'utf8').toString('base64url')
}

/** The place that a cursor stands for, or null where `cursorOf` could not have made it. */
export function positionOf(cursor: string): Position | null {
  const [, time, id] = cursorText.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? []
  return time === undefined || id === undefined ? null : { createdAt: new Date(Number(time)), id }
}
