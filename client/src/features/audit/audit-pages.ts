import { useClient } from '@urql/solid'
import { type Accessor, batch, createEffect, createSignal, onCleanup } from 'solid-js'
import { type AuditLogFilter, AuditLogsDocument } from '../../gql/graphql.ts'
import { type Problem, problemOf, unreachable } from '../../lib/problem.ts'
import type { AuditEntry } from './model.ts'

/** A list that grows by pages. */
export type AuditPages = Readonly<{
  entries: Accessor<readonly AuditEntry[]>
  isLoading: Accessor<boolean>
  problem: Accessor<Problem | null>
  hasMore: Accessor<boolean>
  /** The next page; after a failure, the same page again. */
  more: () => Promise<void>
  /** Starts from the newest again, showing what is there until the answer comes. */
  refresh: () => Promise<void>
}>

/** The audit log under a filter, newest first, page by page. Another filter starts anew. */
export function createAuditPages(filter: Accessor<AuditLogFilter>, pageSize: number): AuditPages {
  const client = useClient()
  const [entries, setEntries] = createSignal<readonly AuditEntry[]>([])
  const [isLoading, setLoading] = createSignal(true)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const [after, setAfter] = createSignal<string | null>(null)
  const [hasMore, setHasMore] = createSignal(false)
  // Only the newest question may answer: pages of two filters must never mix.
  let question = 0
  onCleanup(() => {
    question += 1
  })

  const load = async (from: string | null) => {
    const asked = ++question
    setLoading(true)
    setProblem(null)
    const { data, error } = await client
      .query(AuditLogsDocument, { filter: filter(), first: pageSize, after: from })
      .toPromise()
    if (asked !== question) return
    batch(() => {
      setLoading(false)
      if (error || !data) {
        setProblem(error ? problemOf(error) : unreachable)
        return
      }
      setEntries((known) => (from === null ? data.auditLogs.nodes : [...known, ...data.auditLogs.nodes]))
      setAfter(data.auditLogs.pageInfo.endCursor)
      setHasMore(data.auditLogs.pageInfo.hasNextPage)
    })
  }

  createEffect(() => {
    filter()
    batch(() => {
      setEntries([])
      setAfter(null)
      setHasMore(false)
    })
    void load(null)
  })

  return { entries, isLoading, problem, hasMore, more: () => load(after()), refresh: () => load(null) }
}
