import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql'
import type { Viewer } from '../../core/access/viewer.ts'
import type { Context } from '../auth/context.ts'
import { authScopesOf } from '../auth/scope-map.ts'
import { type Requirement, requirementsOfField } from '../auth/scope-requirements.ts'
import { Bailout } from './bailout.ts'

/** The words that auth rules are written in, with their meaning for one viewer. */
export type ScopeMap = Readonly<Record<string, boolean | ((parameter: never) => boolean)>>

export function scopeMapFor(viewer: Viewer): ScopeMap {
  return authScopesOf(viewer)
}

/** Checks a rule; throws where it does not hold, so that graphql-js refuses in its own words. */
export type RuleCheck = (parent: unknown, args: object, context: Context, words: ScopeMap) => void

type Options = Readonly<Record<string, unknown>>

/** Options under which a field or a type is not checked by its rule alone, or answers even whom it refuses. */
const unusual = ['grantScopes', 'skipTypeScopes', 'skipInterfaceScopes', 'runScopesOnType', 'unauthorizedResolver']

/**
 * The rule that stands on a type, by the very function or words that scope-auth asks. Null: none.
 *
 * @throws NotPlanned for a rule that is asked in more ways than one
 */
export function ruleOfType(type: GraphQLObjectType): RuleCheck | null {
  const options = optionsOf(type)
  const inherited = type.getInterfaces().some((each) => optionsOf(each).authScopes !== undefined)
  if (inherited || unusual.some((name) => options[name] !== undefined)) throw new Bailout(type.name)
  const { authScopes: rule } = options
  if (rule === undefined) return null
  if (typeof rule !== 'function') return heldOnce(rule)
  return (parent, _args, context, words) => assertHolds(rule(parent, context), words)
}

/** The rules that stand on a field, scopes of tokens among them. Null: none. */
export function ruleOfField(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): RuleCheck | null {
  const options = optionsOf(field)
  if (unusual.some((name) => options[name] !== undefined)) throw new Bailout(`${type.name}.${field.name}`)
  const { authScopes: rule } = options
  const needs = requirementsOfField(schema, type, field)
  if (rule === undefined && needs.length === 0) return null
  const check = rule === undefined || typeof rule === 'function' ? null : heldOnce(rule)
  return (parent, args, context, words) => {
    assertMeets(context.viewer, needs)
    if (typeof rule === 'function') assertHolds(rule(parent, args, context), words)
    else check?.(parent, args, context, words)
  }
}

/** Checks a rule that asks nothing of the parent: once for all rows of a run, which has words of its own. */
function heldOnce(rule: unknown): RuleCheck {
  let heldFor: ScopeMap | null = null
  return (_parent, _args, _context, words) => {
    if (words === heldFor) return
    assertHolds(rule, words)
    heldFor = words
  }
}

function assertMeets(viewer: Viewer | null, needs: readonly Requirement[]): void {
  if (viewer?.kind === 'person') return
  if (viewer === null || !needs.every((scopes) => scopes.some((scope) => viewer.scopes.has(scope)))) {
    throw new Bailout('a scope is missing')
  }
}

/** Every word that a rule names must hold; what is no plain word, `$any` or a promise, is not decided here. */
function assertHolds(rule: unknown, words: ScopeMap): void {
  if (rule === true) return
  // Nobody waits for it; that it fails must not count as an unhandled rejection.
  if (rule instanceof Promise) rule.catch(() => undefined)
  if (typeof rule !== 'object' || rule === null || rule instanceof Promise) throw new Bailout('a rule refuses')
  for (const [name, parameter] of Object.entries(rule)) {
    const word = words[name]
    const holds =
      typeof word === 'function'
        ? word(parameter as never) // its own word knows what it takes
        : word === true && parameter === true
    if (!holds) throw new Bailout(`the rule ${name}`)
  }
}

/** Pothos keeps what a type or field was declared with. */
export function optionsOf({ extensions }: { extensions: Options }): Options {
  const { pothosOptions } = extensions
  return typeof pothosOptions === 'object' && pothosOptions !== null ? { ...pothosOptions } : {}
}
