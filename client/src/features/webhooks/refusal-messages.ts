import { refusalOf } from '../../lib/problem.ts'
import { endpointFields } from './endpoint-fields.tsx'
import type { Refusal } from './endpoints.ts'

/** The error of the form as a whole; null if one of its fields or its document displays it. */
export function messageForForm(refusal: Refusal | null): string | null {
  if (refusal === null || refusal.documentProblems.length > 0) return null
  const { field } = refusal.problem
  return field !== null && endpointFields.includes(field) ? null : refusalOf(refusal.problem)
}
