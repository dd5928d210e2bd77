import type { OwnProfileFragment, UpdateProfileInput } from '../../gql/graphql.ts'

/** The viewer's own profile. */
export type Profile = OwnProfileFragment

/** The changed fields as the API's input; null if nothing changed. */
export function changesOf(profile: Profile, typed: Readonly<Record<string, string>>): UpdateProfileInput | null {
  const previous: Record<string, string> = textsIn(profile)
  const changes = Object.keys(previous).flatMap((field) => {
    const text = typed[field]?.trim()
    return text === undefined || text === previous[field] ? [] : [[field, text] as const]
  })
  return changes.length === 0 ? null : Object.fromEntries(changes)
}

/** The initial field values, by API name. */
export function textsIn({ name, churchName, schedulingLink, bio }: Profile) {
  return { name, churchName, schedulingLink, bio: bio ?? '' }
}
