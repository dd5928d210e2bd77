import { v7, validate } from 'uuid'

/** A source of ids; tests hold it still by passing their own. */
export type NewId = () => string

/** A new UUIDv7 (RFC 9562): ordered by its millisecond of birth, so that indexes grow at their end. */
export const newId: NewId = () => v7()

/** Whether a text can be an id at all. PostgreSQL answers with an error to one that can't. */
export function isUuid(text: string): boolean {
  return validate(text)
}
