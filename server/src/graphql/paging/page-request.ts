import { BadUserInputError } from '../../platform/errors.ts'
import { defaultPageSize } from '../limits/cost.ts'
import { checkPage, type PageSizes } from '../limits/page-size.ts'

/** Relay's pagination arguments. */
export type PageArgs = PageSizes & Readonly<{ after?: string | null | undefined; before?: string | null | undefined }>

/** The page that Relay's four arguments describe. */
export type PageRequest = Readonly<{
  /** The maximum number of rows on the page. */
  size: number
  /** Whether the page is at the end of the rows between the cursors. */
  isBackward: boolean
  after: string | null
  before: string | null
}>

/** @throws BadUserInputError for an invalid size, and for both `first` and `last` */
export function pageRequestOf(args: PageArgs): PageRequest {
  checkPage(args)
  const { first = null, last = null, after = null, before = null } = args
  const isBackward = last !== null || (first === null && after === null && before !== null)
  return { size: first ?? last ?? defaultPageSize, isBackward, after, before }
}

/** The number of rows to read, one more than the page has, which shows whether there is another page. Negative from the end. */
export function takeOf({ size, isBackward }: PageRequest): number {
  return isBackward ? -(size + 1) : size + 1
}

/** The rows of a page. */
export type Page<Row> = Readonly<{ rows: readonly Row[]; hasNextPage: boolean; hasPreviousPage: boolean }>

/** @param read - the rows as requested by `takeOf`, in the order of the list */
export function pageOf<Row>(read: readonly Row[], { size, isBackward, after, before }: PageRequest): Page<Row> {
  const isMore = read.length > size
  const rowsOnPage = isBackward ? read.slice(1) : read.slice(0, -1)
  return {
    rows: isMore ? rowsOnPage : read,
    hasNextPage: isBackward ? before !== null : isMore,
    hasPreviousPage: isBackward ? isMore : after !== null,
  }
}

/** The error for a cursor that doesn't belong to the list. */
export function invalidCursor(name: 'after' | 'before'): BadUserInputError {
  return new BadUserInputError(
    name,
    `Invalid cursor. Use a cursor from this list in the same order, or start again without \`${name}\`.`,
  )
}
