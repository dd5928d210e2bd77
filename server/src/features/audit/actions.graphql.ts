import { builder } from '../../graphql/schema/builder.ts'
import { listAuditActions } from './list-audit-actions.ts'

const actions = listAuditActions()
const known = new Set(actions.map(({ action }) => action))

/** The actions of the audit log. Its internal values are the names in the log. */
export const AuditAction = builder.enumType('AuditAction', {
  description: 'An action in the audit log. The list can grow with a new version.',
  values: Object.fromEntries(actions.map(({ name, action, description }) => [name, { value: action, description }])),
})

/** Whether this version knows an action of the log. */
export function isKnownAction(action: string): boolean {
  return known.has(action)
}
