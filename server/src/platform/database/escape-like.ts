/**
 * A Prisma filter for texts that hold these words in any case, as they are: Prisma leaves LIKE's own signs unescaped, so
 * that a search for "%" would find everything, and text in PostgreSQL can hold no NUL.
 */
export function escapeLike(words: string): { contains: string; mode: 'insensitive' } {
  return { contains: words.replaceAll('\0', '').replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' }
}
