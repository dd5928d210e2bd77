import { createHash } from 'node:crypto'
import type { AiTerms } from './terms.model.ts'

/** The audit log takes no free text, so a model name is recorded only if it looks like an identifier. */
const modelCode = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/

/** The terms as audit metadata. The address is reduced to scheme, host and port. */
export function auditedTerms({ provider, model, baseUrl, piiDetection }: AiTerms) {
  return {
    provider,
    ...(modelCode.test(model) && { model }),
    address: new URL(baseUrl).origin,
    isMasked: piiDetection,
  }
}

/**
 * A SHA-256 digest (hex) of the terms that the audit entry doesn't spell out. Must match core/audit/verify-grants.ts, which
 * computes it from the table row.
 */
export function auditedTermsDigest({ baseUrl, templateDigest, model }: AiTerms): string {
  return createHash('sha256').update(`${baseUrl} ${templateDigest} ${model}`, 'utf8').digest('hex')
}
