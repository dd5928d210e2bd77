import { expect } from 'vitest'
import type { Answer } from './running-church.ts'

type Page = {
  edges: { cursor: string; node: { id: string } }[]
  nodes: { id: string }[]
  totalCount: number
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

/** Requests one list of the API with these arguments. */
export type AskList = (list: string) => Promise<Answer<Record<string, unknown>>>

const selection = `{ totalCount nodes { id } edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`

/**
 * Pages through a list in both directions, two rows at a time, and expects the same rows both ways, each once, as many as
 * `totalCount`. Returns their IDs in order.
 */
export async function pageBothWays(ask: AskList, field: string, others = ''): Promise<string[]> {
  const pageOf = async (paging: string): Promise<Page> => {
    const answer = await ask(`{ ${field}(${[paging, others].filter(Boolean).join(', ')}) ${selection} }`)
    expect(answer.errors).toBeUndefined()
    return answer.data?.[field] as Page // what was selected
  }
  const forward: string[] = []
  const backward: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await pageOf(cursor === '' ? 'first: 2' : `first: 2, after: "${cursor}"`)
    forward.push(...page.nodes.map(({ id }) => id))
    expect(page.edges.map(({ node }) => node.id)).toEqual(page.nodes.map(({ id }) => id))
    cursor = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  }
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await pageOf(cursor === '' ? 'last: 2' : `last: 2, before: "${cursor}"`)
    backward.unshift(...page.nodes.map(({ id }) => id))
    cursor = page.pageInfo.hasPreviousPage ? page.pageInfo.startCursor : null
  }
  expect(new Set(forward).size).toBe(forward.length)
  expect(backward).toEqual(forward)
  expect((await pageOf('first: 1')).totalCount).toBe(forward.length)
  return forward
}
