import { createHash } from 'node:crypto'
import type { AiTerms } from './terms.model.ts'

/** A model's name goes into the audit log only where it is a code: the log takes no free text. */
const modelCode = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/

/** Terms as they stand in an audit entry: of the address only scheme, host and port. */
export function auditedTerms({ provider, model, baseUrl, piiDetection }: AiTerms) {
  return {
    provider,
    ...(modelCode.test(model) && { model }),
    address: new URL(baseUrl).origin,
    isMasked: piiDetection,
  }
}

/** Covers what an entry of an agreement doesn't spell out. core/audit/verify-grants.ts makes the same of the row. */
export function auditedTermsDigest({ baseUrl, templateDigest, model }: AiTerms): string {
  return createHash('sha256').update(`${baseUrl} ${templateDigest} ${model}`, 'utf8').digest('hex')
}
