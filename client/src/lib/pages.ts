import type { CombinedError } from '@urql/core'
import { type Accessor, batch, createEffect, createSignal, onCleanup } from 'solid-js'
import { type Problem, problemOf, unreachable } from './problem.ts'

/** A list loaded page by page. */
export type Pages<Row> = Readonly<{
  rows: Accessor<readonly Row[]>
  isLoading: Accessor<boolean>
  problem: Accessor<Problem | null>
  hasMore: Accessor<boolean>
  /** Loads the next page; after a failure, the same page again. */
  more: () => Promise<void>
  /** Reloads from the first page, showing the current rows until the response arrives. */
  refresh: () => Promise<void>
  /** Edits the loaded rows, for live updates. Later pages are appended. */
  edit: (change: (rows: readonly Row[]) => readonly Row[]) => void
}>

/** One page of a Relay connection. */
export type Page<Row> = Readonly<{
  nodes: readonly Row[]
  pageInfo: Readonly<{ endCursor: string | null; hasNextPage: boolean }>
}>

/** A filtered list, page by page. Changing the filter reloads it. */
export function createPages<Filter, Row>(
  filter: Accessor<Filter>,
  fetchPage: (filter: Filter, after: string | null) => Promise<Readonly<{ page?: Page<Row>; error?: CombinedError }>>,
): Pages<Row> {
  const [rows, setRows] = createSignal<readonly Row[]>([])
  const [isLoading, setLoading] = createSignal(true)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const [after, setAfter] = createSignal<string | null>(null)
  const [hasMore, setHasMore] = createSignal(false)
  // Ignore responses to outdated requests: pages of two filters must never mix.
  let generation = 0
  onCleanup(() => {
    generation += 1
  })

  const load = async (from: string | null) => {
    const asked = ++generation
    setLoading(true)
    setProblem(null)
    const { page, error } = await fetchPage(filter(), from)
    if (asked !== generation) return
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
