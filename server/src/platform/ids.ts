import { v7, validate } from 'uuid'

/** A source of IDs. Tests pass a fixed one. */
export type NewId = () => string

/** A new UUIDv7 (RFC 9562): ordered by creation time in milliseconds, so indexes grow at their end. */
export const newId: NewId = () => v7()

/** Whether a text is a valid UUID. PostgreSQL throws on others. */
export function isUuid(text: string): boolean {
  return validate(text)
}
