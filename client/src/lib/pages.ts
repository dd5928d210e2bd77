import type { CombinedError } from '@urql/core'
import { type Accessor, batch, createEffect, createSignal, onCleanup } from 'solid-js'
import { type Problem, problemOf, unreachable } from './problem.ts'

/** A list that grows by pages. */
export type Pages<Row> = Readonly<{
  rows: Accessor<readonly Row[]>
  isLoading: Accessor<boolean>
  problem: Accessor<Problem | null>
  hasMore: Accessor<boolean>
  /** The next page; after a failure, the same page again. */
  more: () => Promise<void>
  /** Starts from the first page again, showing what is there until the answer comes. */
  refresh: () => Promise<void>
  /** Changes the rows that are shown, for what is told live. A page that comes later stands behind them. */
  edit: (change: (rows: readonly Row[]) => readonly Row[]) => void
}>

/** One page of a Relay connection. */
export type Page<Row> = Readonly<{
  nodes: readonly Row[]
  pageInfo: Readonly<{ endCursor: string | null; hasNextPage: boolean }>
}>

/** A list under a filter, page by page. Another filter starts anew. */
export function createPages<Filter, Row>(
  filter: Accessor<Filter>,
  ask: (filter: Filter, after: string | null) => Promise<Readonly<{ page?: Page<Row>; error?: CombinedError }>>,
): Pages<Row> {
  const [rows, setRows] = createSignal<readonly Row[]>([])
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
    const { page, error } = await ask(filter(), from)
    if (asked !== question) return
    batch(() => {
      setLoading(false)
      if (error || !page) {
        setProblem(error ? problemOf(error) : unreachable)
        return
      }
      setRows((known) => (from === null ? page.nodes : [...known, ...page.nodes]))
      setAfter(page.pageInfo.endCursor)
      setHasMore(page.pageInfo.hasNextPage)
    })
  }

  createEffect(() => {
    filter()
    batch(() => {
      setRows([])
      setAfter(null)
      setHasMore(false)
    })
    void load(null)
  })

  const edit: Pages<Row>['edit'] = (change) => setRows((known) => change(known))
  return { rows, isLoading, problem, hasMore, more: () => load(after()), refresh: () => load(null), edit }
}
