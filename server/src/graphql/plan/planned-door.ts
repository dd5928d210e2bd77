import type { IncomingMessage, ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Context } from '../context.ts'
import type { Gate } from '../limits/gate.ts'
import type { Caller } from '../yoga.ts'
import type { AnswerPlanned } from './run-plan.ts'

/**
 * Answers a request, or leaves it to Yoga: false. What was paid for it stays paid, so Yoga is told.
 */
export type PlannedDoor = (
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  caller: Caller,
) => Promise<boolean>

export type PlannedDoorDeps = Readonly<{
  gate: Gate
  answerPlanned: AnswerPlanned
  contextOf: (caller: Caller) => Context
}>

/**
 * The short way for plain queries: JSON by POST, answered as JSON, on node:http. Yoga's way through fetch costs as much as
 * the answer itself (docs/performance.md). Both ways pass the same gate. Whatever is unusual goes to Yoga, and every error
 * comes from there.
 */
export function createPlannedDoor({ gate, answerPlanned, contextOf }: PlannedDoorDeps): PlannedDoor {
  return async (request, response, body, caller) => {
    const { viewer, origin } = caller
    const type = answerTypeOf(request)
    const asked = type === null || viewer === null ? null : askedIn(body)
    if (type === null || viewer === null || asked === null) return false
    const { query, operationName, variables } = asked
    try {
      const document = gate.operations.parse(query)
      const checked = gate.operations.check(document, operationName, variables, viewer)
      if (!('cost' in checked)) return false
      const data = await answerPlanned({ document, operationName, variables, context: contextOf(caller) })
      if (data === null) return false
      const cost = await gate.spending.spend(viewer, origin, checked.cost)
      const text = JSON.stringify({ data, extensions: { cost } })
      response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(text) })
      response.end(text)
      return true
    } catch (error) {
      if (error instanceof GraphQLError) return false
      throw error
    }
  }
}

const answerTypes: ReadonlyMap<string | undefined, string> = new Map([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
])

/** The type that Yoga would answer with, where the request asks for one of the usual ones. */
function answerTypeOf({ method, url, headers }: IncomingMessage): string | null {
  if (method !== 'POST' || url !== '/graphql') return null
  return answerTypes.get(headers.accept) ?? null
}

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
