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
