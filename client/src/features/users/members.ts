import { useClient } from '@urql/solid'
import { type Accessor, createSignal } from 'solid-js'
import { MembersDocument } from '../../gql/graphql.ts'
import { createPages, type Pages } from '../../lib/pages.ts'
import { filterOf, type Member, type MemberChoice } from './model.ts'

const pageSize = 50

/** The filtered users, by name. `total` is null until loaded. */
export function createMembers(
  choice: Accessor<MemberChoice>,
): Pages<Member> & Readonly<{ total: Accessor<number | null> }> {
  const client = useClient()
  const [total, setTotal] = createSignal<number | null>(null)
  const pages = createPages(choice, async (wanted, after) => {
    const { data, error } = await client
      .query(MembersDocument, { filter: filterOf(wanted), first: pageSize, after })
      .toPromise()
    if (data) setTotal(data.users.totalCount ?? 0)
    return { ...(data && { page: data.users }), ...(error && { error }) }
  })
  return { ...pages, total }
}
