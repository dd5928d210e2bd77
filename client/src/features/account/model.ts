import type { OwnProfileFragment, UpdateProfileInput } from '../../gql/graphql.ts'

/** What one says of oneself. */
export type Profile = OwnProfileFragment

/** What was typed as the API's input: only what is different; null where nothing is. */
export function changesOf(profile: Profile, typed: Readonly<Record<string, string>>): UpdateProfileInput | null {
  const was: Record<string, string> = textsIn(profile)
  const changes = Object.keys(was).flatMap((field) => {
    const text = typed[field]?.trim()
    return text === undefined || text === was[field] ? [] : [[field, text] as const]
  })
  return changes.length === 0 ? null : Object.fromEntries(changes)
}

/** What stands in the fields at first, by the names that the API has for them. */
export function textsIn({ name, churchName, schedulingLink, bio }: Profile) {
  return { name, churchName, schedulingLink, bio: bio ?? '' }
}
