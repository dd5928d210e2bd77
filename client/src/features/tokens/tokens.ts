import { useClient } from '@urql/solid'
import type { Accessor } from 'solid-js'
import {
  ApiTokensDocument,
  ConfirmApiTokenDocument,
  CreateApiTokenDocument,
  type CreateApiTokenInput,
  RevokeApiTokenDocument,
} from '../../gql/graphql.ts'
import { createPages, type Pages } from '../../lib/pages.ts'
import type { Problem } from '../../lib/problem.ts'
import { problemIn, type Sent, send } from '../../lib/send.ts'
import type { ListedToken } from './model.ts'

const pageSize = 50

/** A new token and its listing. `token` is only returned this once. */
export type NewToken = Readonly<{ token: string; apiToken: ListedToken }>

/** The API tokens visible to the viewer, and their actions. */
export type Tokens = Pages<ListedToken> &
  Readonly<{
    create: (input: CreateApiTokenInput) => Promise<Sent<NewToken>>
    revoke: (id: string) => Promise<Problem | null>
    confirm: (id: string) => Promise<Problem | null>
  }>

/** Which tokens a list shows. `waiting`: those an admin must confirm after a restore. */
export type Shown = 'active' | 'all' | 'waiting'

const filters = { active: { isActive: true }, all: null, waiting: { awaitsConfirmation: true } } as const

/** The viewer's API tokens; everybody's for an admin. */
export function createTokens(shown: Accessor<Shown>): Tokens {
  const client = useClient()
  const pages = createPages(shown, async (current, after) => {
    const filter = filters[current]
    const { data, error } = await client.query(ApiTokensDocument, { filter, first: pageSize, after }).toPromise()
    return { ...(data && { page: data.apiTokens }), ...(error && { error }) }
  })
  const create = async (input: CreateApiTokenInput): Promise<Sent<NewToken>> => {
    const sent = await send(client, CreateApiTokenDocument, { input })
    return 'answer' in sent ? { answer: sent.answer.createApiToken } : sent
  }
  const revoke = async (id: string) => {
    const problem = problemIn(await send(client, RevokeApiTokenDocument, { input: { id } }))
    await pages.refresh()
    return problem
  }
  const confirm = async (id: string) => {
    const problem = problemIn(await send(client, ConfirmApiTokenDocument, { input: { id } }))
    await pages.refresh()
    return problem
  }
  return { ...pages, create, revoke, confirm }
}
