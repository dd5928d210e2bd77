import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isScope, type Scope } from '../../src/core/access/scopes.ts'

/** One query of docs/queries.md. */
export type PageQuery = Readonly<{
  title: string
  /** Who has to ask: a token of an admin, a token of the pastor whose booking it is, or somebody signed in. */
  asker: 'admin' | 'owner' | 'session'
  /** The scopes that it needs together; in each place any one of several will do. None: any token comes by. */
  scopes: readonly (readonly Scope[])[]
  query: string
  variables: Record<string, unknown>
  curl: string
}>

const path = join(import.meta.dirname, '../../../docs/queries.md')

/** Every query of the page, in its order. What does not have the page's form is an error, not left out. */
export function pageQueries(): PageQuery[] {
  const [, ...parts] = readFileSync(path, 'utf8').split(/^### /m)
  return parts.map((part) => {
    const title = part.slice(0, part.indexOf('\n'))
    const [, needs] = /\bNeeds (.+)\.$/m.exec(part) ?? []
    const [query, json, curl] = ['graphql', 'json', 'sh'].map((language) => blockOf(part, language))
    if (needs === undefined || query === undefined || curl === undefined)
      throw new Error(`${title}: something is missing`)
    // A block of variables is an object, or GraphQL refuses it.
    const variables = JSON.parse(json ?? '{}') as Record<string, unknown>
    return { title, asker: readerOf(needs), scopes: scopesOf(needs), query, variables, curl }
  })
}

function blockOf(text: string, language: string): string | undefined {
  return new RegExp(`^\`\`\`${language}\\n([^]*?)\\n\`\`\`$`, 'm').exec(text)?.[1]
}

function readerOf(needs: string): PageQuery['asker'] {
  if (needs === 'a session') return 'session'
  return needs.endsWith(', as the owning pastor') ? 'owner' : 'admin'
}

/** `a` and `b`, `a` or `b`, any token, a session. */
function scopesOf(needs: string): Scope[][] {
  return needs
    .split(' and ')
    .map((each) => [...each.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name).filter(isScope))
    .filter(({ length }) => length > 0)
}
