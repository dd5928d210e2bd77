/**
 * A Prisma filter for a literal, case-insensitive substring. Prisma doesn't escape LIKE wildcards, so a search for "%"
 * would match everything, and PostgreSQL text can't contain NUL.
 */
export function escapeLike(text: string): { contains: string; mode: 'insensitive' } {
  return { contains: text.replaceAll('\0', '').replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' }
}
