import { isAuditAction } from '../../core/audit/actions.ts'
import type { AuditLogFilter } from './filter.model.ts'

/** Drops unknown actions from a filter. If none remain, the empty list matches nothing. */
export function dropUnknownActions(filter: AuditLogFilter): AuditLogFilter {
  return filter.action ? { ...filter, action: filter.action.filter(isAuditAction) } : filter
}
