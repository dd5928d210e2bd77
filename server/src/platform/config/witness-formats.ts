import { isAbsolute } from 'node:path'
import { z } from 'zod'

/** Places outside the database: files or directories, and mail addresses. */
export const witnesses = z.string().transform((text, context) => {
  const locations = text.split(',').map((location) => location.trim())
  const files = locations.filter((location) => isAbsolute(location))
  const addresses = locations.filter((location) => /^[^\s<>@/]+@[^\s<>@/]+$/.test(location))
  if (files.length + addresses.length === locations.length) return { files, addresses }
  context.addIssue('must be comma-separated absolute paths or email addresses, such as /mnt/elsewhere/audit-head.jsonl')
  return z.NEVER
})

export const absolutePath = z.string().refine((text) => isAbsolute(text), 'must be an absolute path')
