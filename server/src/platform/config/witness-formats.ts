import { isAbsolute } from 'node:path'
import { z } from 'zod'

/** Places outside the database: files or directories, and mail addresses. */
export const witnesses = z.string().transform((text, context) => {
  const places = text.split(',').map((place) => place.trim())
  const files = places.filter((place) => isAbsolute(place))
  const addresses = places.filter((place) => /^[^\s<>@/]+@[^\s<>@/]+$/.test(place))
  if (files.length + addresses.length === places.length) return { files, addresses }
  context.addIssue('must be comma-separated absolute paths or email addresses, such as /mnt/elsewhere/audit-head.jsonl')
  return z.NEVER
})

export const absolutePath = z.string().refine((text) => isAbsolute(text), 'must be an absolute path')
