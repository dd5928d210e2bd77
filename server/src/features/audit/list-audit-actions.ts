import { actionDescriptions } from '../../core/audit/action-descriptions.ts'
import { auditActions, isAuditAction } from '../../core/audit/actions.ts'

/** Every action: its name in the API, its name in the log, and its meaning. */
export function listAuditActions(): readonly Readonly<{ name: string; action: string; description: string }>[] {
  return Object.keys(auditActions)
    .filter(isAuditAction)
    .map((action) => ({
      name: action.replaceAll('.', '_').toUpperCase(),
      action,
      description: actionDescriptions[action],
    }))
}
