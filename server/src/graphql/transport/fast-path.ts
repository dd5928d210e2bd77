import type { IncomingMessage, ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Context } from '../auth/context.ts'
import { recordAnswer } from '../auth/record-answer.ts'
import type { Plans } from '../planner/run-plan.ts'
import type { Pipeline } from './pipeline.ts'
import type { Caller } from './yoga.ts'

/** Answers a request, or leaves it to Yoga: false. What it has paid then is in `caller.paid`. */
export type FastPath = (
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  caller: Caller,
) => Promise<boolean>

type PlannedDoorDeps = Readonly<{ gate: Pipeline; plans: Plans; contextOf: (caller: Caller) => Context }>

/**
 * The short way for plain queries: JSON by POST, answered as JSON, on node:http. Yoga's way through fetch costs as much as
 * the answer itself (docs/performance.md). Both ways pass the same gate. Whatever is unusual goes to Yoga, and every error
 * comes from there.
 */
export function createFastPath({ gate, plans, contextOf }: PlannedDoorDeps): FastPath {
  return async (request, response, body, caller) => {
    const type = answerTypeOf(request)
    const asked = type === null || caller.viewer === null ? null : askedIn(body)
    if (type === null || asked === null) return false
    const data = await answer(asked, caller)
    if (data === null) return false
    const text = JSON.stringify({ data, extensions: { cost: caller.paid } })
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(text) })
    response.end(text)
    return true
  }

  async function answer({ query, operationName, variables }: Asked, caller: Caller) {
    try {
      const document = gate.operations.parse(query)
      const checked = gate.operations.check(document, operationName, variables, caller.viewer)
      const plan = 'cost' in checked ? plans(document, operationName) : null
      if (plan === null || !('cost' in checked)) return null
      // Before anything is read: whoever has nothing left must not keep the database busy.
      caller.paid = await gate.spending.spend(caller.viewer, caller.origin, checked.cost)
      const context = contextOf(caller)
      const data = await plan.answer(variables, context)
      if (data === null) return null
      // What could not be put on record is answered by the other way, which says so.
      const { errors } = await recordAnswer(context, context.people, { data }, 'answer')
      return errors === undefined ? data : null
    } catch (error) {
      if (error instanceof GraphQLError) return null
      throw error
    }
  }
}

/**
 * The type that Yoga would answer with: of the types asked for that it knows, the first. What is asked for with weights is
 * left to it.
 */
function answerTypeOf({ method, url, headers }: IncomingMessage): string | null {
  if (method !== 'POST' || url !== '/graphql') return null
  const { accept = '*/*' } = headers
  const known = accept.split(',').map((type) => answerTypes.get(type.trim()))
  return accept.includes(';') ? null : (known.find((type) => type !== undefined) ?? null)
}

const answerTypes: ReadonlyMap<string, string> = new Map([
  ['*/*', 'application/json'],
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
])

type Asked = Readonly<{ query: string; operationName: string | null; variables: Record<string, unknown> }>

/** What a body asks for, where it is of the plain form that the specification gives. */
function askedIn(body: string): Asked | null {
  const given = objectIn(body)
  if (given === null) return null
  const { query, operationName = null, variables = null, extensions = null, ...further } = given
  if (typeof query !== 'string' || extensions !== null || Object.keys(further).length > 0) return null
  if (operationName !== null && typeof operationName !== 'string') return null
  if (variables !== null && !isObject(variables)) return null
  return { query, operationName, variables: variables ?? {} }
}

function objectIn(body: string): Record<string, unknown> | null {
  try {
    const given: unknown = JSON.parse(body)
    return isObject(given) ? given : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
