import { useClient } from '@urql/solid'
import type { Accessor } from 'solid-js'
import { type AuditLogFilter, AuditLogsDocument } from '../../gql/graphql.ts'
import { createPages, type Pages } from '../../lib/pages.ts'
import type { AuditEntry } from './model.ts'

/** The filtered audit log, newest first, page by page. Changing the filter reloads it. */
export function createAuditPages(filter: Accessor<AuditLogFilter>, pageSize: number): Pages<AuditEntry> {
  const client = useClient()
  return createPages(filter, async (currentFilter, after) => {
    const { data, error } = await client
      .query(AuditLogsDocument, { filter: currentFilter, first: pageSize, after })
      .toPromise()
    return { ...(data && { page: data.auditLogs }), ...(error && { error }) }
  })
}
