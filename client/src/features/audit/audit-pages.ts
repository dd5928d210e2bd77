import { useClient } from '@urql/solid'
import type { Accessor } from 'solid-js'
import { type AuditLogFilter, AuditLogsDocument } from '../../gql/graphql.ts'
import { createPages, type Pages } from '../../lib/pages.ts'
import type { AuditEntry } from './model.ts'

/** The audit log under a filter, newest first, page by page. Another filter starts anew. */
export function createAuditPages(filter: Accessor<AuditLogFilter>, pageSize: number): Pages<AuditEntry> {
  const client = useClient()
  return createPages(filter, async (wanted, after) => {
    const { data, error } = await client
      .query(AuditLogsDocument, { filter: wanted, first: pageSize, after })
      .toPromise()
    return { ...(data && { page: data.auditLogs }), ...(error && { error }) }
  })
}
