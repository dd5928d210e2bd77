import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql'
import type { Viewer } from '../../core/access/viewer.ts'
import type { Context } from '../auth/context.ts'
import { authScopesOf } from '../auth/scope-map.ts'
import { type Requirement, requirementsOfField } from '../auth/scope-requirements.ts'
import { Bailout } from './bailout.ts'
import { optionsOf, unsupportedAuthOptions } from './pothos-internals.ts'

/** The values of the auth scopes for one viewer. */
export type ScopeMap = Readonly<Record<string, boolean | ((parameter: never) => boolean)>>

export function scopeMapFor(viewer: Viewer): ScopeMap {
  return authScopesOf(viewer)
}

/** Checks a rule. Throws if it doesn't hold, so that graphql-js returns the refusal. */
export type RuleCheck = (parent: unknown, args: object, context: Context, scopeMap: ScopeMap) => void

/**
 * The rule of a type, from the same declaration that scope-auth evaluates. Null if it has none.
 *
 * @throws Bailout for options of scope-auth that the planner doesn't support
 */
export function ruleOfType(type: GraphQLObjectType): RuleCheck | null {
  const options = optionsOf(type)
  const inherited = type.getInterfaces().some((each) => optionsOf(each).authScopes !== undefined)
  if (inherited || unsupportedAuthOptions.some((name) => options[name] !== undefined)) throw new Bailout(type.name)
  const { authScopes: rule } = options
  if (rule === undefined) return null
  if (typeof rule !== 'function') return checkOncePerRun(rule)
  return (parent, _args, context, scopeMap) => assertHolds(rule(parent, context), scopeMap)
}

/** The rule of a field, including the scopes that it requires of tokens. Null if it has none. */
export function ruleOfField(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): RuleCheck | null {
  const options = optionsOf(field)
  if (unsupportedAuthOptions.some((name) => options[name] !== undefined))
    throw new Bailout(`${type.name}.${field.name}`)
  const { authScopes: rule } = options
  const requirements = requirementsOfField(schema, type, field)
  if (rule === undefined && requirements.length === 0) return null
  const check = rule === undefined || typeof rule === 'function' ? null : checkOncePerRun(rule)
  return (parent, args, context, scopeMap) => {
    assertMeets(context.viewer, requirements)
    if (typeof rule === 'function') assertHolds(rule(parent, args, context), scopeMap)
    else check?.(parent, args, context, scopeMap)
  }
}

/** Checks a rule that doesn't depend on the parent once per run, not once per row. Each run has its own scope map. */
function checkOncePerRun(rule: unknown): RuleCheck {
  let checkedFor: ScopeMap | null = null
  return (_parent, _args, _context, scopeMap) => {
    if (scopeMap === checkedFor) return
    assertHolds(rule, scopeMap)
    checkedFor = scopeMap
  }
}

function assertMeets(viewer: Viewer | null, requirements: readonly Requirement[]): void {
  if (viewer?.kind === 'person') return
  if (viewer === null || !requirements.every((scopes) => scopes.some((scope) => viewer.scopes.has(scope)))) {
    throw new Bailout('a scope is missing')
  }
}

/** Requires every scope that a rule names. Operators such as `$any`, and promises, are left to scope-auth. */
function assertHolds(rule: unknown, scopeMap: ScopeMap): void {
  if (rule === true) return
  // Prevents an unhandled rejection.
  if (rule instanceof Promise) rule.catch(() => undefined)
  if (typeof rule !== 'object' || rule === null || rule instanceof Promise) throw new Bailout('a rule refuses')
  for (const [name, parameter] of Object.entries(rule)) {
    const scope = scopeMap[name]
    const holds =
      typeof scope === 'function'
        ? scope(parameter as never) // the rule's type matches the scope's parameter
        : scope === true && parameter === true
    if (!holds) throw new Bailout(`the rule ${name}`)
  }
}
