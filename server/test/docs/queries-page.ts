import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isScope, type Scope } from '../../src/core/access/scopes.ts'

/** One query of docs/queries.md. */
export type PageQuery = Readonly<{
  title: string
  /** The required viewer: an admin's token, a token of the booking's pastor, or a session. */
  reader: 'admin' | 'owner' | 'session'
  /** The required scopes; one of each group is enough. Empty: any token. */
  scopes: readonly (readonly Scope[])[]
  query: string
  variables: Record<string, unknown>
  curl: string
}>

const path = join(import.meta.dirname, '../../../docs/queries.md')

/** The shell lines of the page that set the dates its commands use. */
export function pageDates(): string {
  const dates = blockOf(readFileSync(path, 'utf8'), 'sh')
  if (!dates?.startsWith('day()')) throw new Error('the lines that set the dates are missing')
  return dates
}

/** Every query of the page, in order. Throws on one that doesn't have the page's format. */
export function pageQueries(): PageQuery[] {
  const [, ...parts] = readFileSync(path, 'utf8').split(/^### /m)
  return parts.map((part) => {
    const title = part.slice(0, part.indexOf('\n'))
    const [, requirement] = /\bNeeds (.+)\.$/m.exec(part) ?? []
    const [query, json, curl] = ['graphql', 'json', 'sh'].map((language) => blockOf(part, language))
    if (requirement === undefined || query === undefined || curl === undefined)
      throw new Error(`${title}: the title, requirement, query or command is missing`)
    // Variables are a JSON object, or GraphQL rejects them.
    const variables = JSON.parse(json ?? '{}') as Record<string, unknown>
    return { title, reader: readerOf(requirement), scopes: scopesOf(requirement), query, variables, curl }
  })
}

function blockOf(text: string, language: string): string | undefined {
  return new RegExp(`^\`\`\`${language}\\n([^]*?)\\n\`\`\`$`, 'm').exec(text)?.[1]
}

function readerOf(requirement: string): PageQuery['reader'] {
  if (requirement === 'a session') return 'session'
  return requirement.endsWith(', as the owning pastor') ? 'owner' : 'admin'
}

/** Parses `a` and `b`, `a` or `b`, any token, a session. */
function scopesOf(requirement: string): Scope[][] {
  return requirement
    .split(' and ')
    .map((each) => [...each.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name).filter(isScope))
    .filter(({ length }) => length > 0)
}
