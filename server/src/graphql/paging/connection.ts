import type { Page } from './page-request.ts'

/** A Relay connection, as the resolvers of its fields expect it. */
export type Connection<Row> = Readonly<{
  edges: { readonly cursor: string; node: Row }[]
  pageInfo: Readonly<{
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }>
}>

/** Creates the connection of a page. A cursor is encrypted only if it is selected. */
export function connectionOf<Row>(page: Page<Row>, cursorOf: (row: Row) => string): Connection<Row> {
  return { edges: page.rows.map((node) => edgeOf(node, cursorOf)), pageInfo: pageInfoOf(page, cursorOf) }
}

function edgeOf<Row>(node: Row, cursorOf: (row: Row) => string) {
  return {
    node,
    get cursor() {
      return cursorOf(node)
    },
  }
}

/** The parent value of `PageInfo`. */
export function pageInfoOf<Row>(
  { rows, hasNextPage, hasPreviousPage }: Page<Row>,
  cursorOf: (row: Row) => string,
): Connection<Row>['pageInfo'] {
  const [first, last] = [rows[0], rows.at(-1)]
  return {
    hasNextPage,
    hasPreviousPage,
    get startCursor() {
      return first === undefined ? null : cursorOf(first)
    },
    get endCursor() {
      return last === undefined ? null : cursorOf(last)
    },
  }
}
