import { isAuditAction } from '../../core/audit/actions.ts'
import type { AuditLogFilter } from './filter.model.ts'

/** The same filter with no other actions than there are. A list of none but unknown ones lets nothing through. */
export function restrictFilter(filter: AuditLogFilter): AuditLogFilter {
  return filter.action ? { ...filter, action: filter.action.filter(isAuditAction) } : filter
}
