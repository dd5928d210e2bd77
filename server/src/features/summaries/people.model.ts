const honorific =
  /^(?:mr|mrs|ms|miss|mx|dr|prof|rev|fr|sr|br|sister|brother|father|mother|pastor|deacon|elder|bishop)\.?$/i

const maxNamed = 3

/** The first name: "Maria" for "Dr. Maria Santos" and for "Santos, Maria". "Guest" if none can be recognized. */
export function firstName(name: string): string {
  const [all = '', givenName = all] = name.split(',', 2)
  const words = givenName.split(/\s+/).filter((word) => word !== '')
  const names = words.filter((word) => !honorific.test(word))
  const [first] = names
  // "Dr. Santos" contains only a family name, and an email address or number reveals more than a name.
  const isFamilyNameAlone = names.length === 1 && words.length > 1
  return first === undefined || isFamilyNameAlone || /[@\d]/.test(name) ? 'Guest' : first
}

/** "Maria Santos", "Maria and Jorge", "Maria, Jorge and Ana", "Maria, Jorge and 3 others". */
export function listPeople(names: readonly string[]): string {
  if (names.length <= maxNamed) return listed(names)
  const named = names.slice(0, maxNamed - 1)
  return `${named.join(', ')} and ${names.length - named.length} others`
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}
