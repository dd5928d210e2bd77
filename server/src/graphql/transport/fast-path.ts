import type { IncomingMessage, ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import { ChurchHubError } from '../../platform/errors.ts'
import type { Context } from '../auth/context.ts'
import { recordAnswer } from '../auth/record-answer.ts'
import type { AnswerCost } from '../limits/rate-limit.ts'
import type { Plans } from '../planner/planner.ts'
import type { RequestedDocument } from './persisted-documents.ts'
import type { Pipeline } from './pipeline.ts'
import type { Caller } from './yoga.ts'

/**
 * Whether the fast path has answered a request. If not, Yoga answers, with what has been charged so far (null:
 * nothing).
 */
type FastPathResult = Readonly<{ isAnswered: true } | { isAnswered: false; charge: AnswerCost | null }>

/** Answers a request, or leaves it to Yoga. */
export type FastPath = (
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  caller: Caller,
) => Promise<FastPathResult>

type FastPathDeps = Readonly<{ pipeline: Pipeline; plans: Plans; contextOf: (caller: Caller) => Context }>

type Answer = Readonly<{ data: Record<string, unknown> | null; charge: AnswerCost | null }>

const notCharged = { data: null, charge: null }

/**
 * The fast path for planned queries: JSON over POST, answered on node:http. Yoga's fetch layer costs as much as the
 * response itself (docs/performance.md). Both use the same pipeline. Everything else, including every error, is left to
 * Yoga.
 */
export function createFastPath({ pipeline, plans, contextOf }: FastPathDeps): FastPath {
  return async (request, response, body, caller) => {
    const startedAt = performance.now()
    const type = answerTypeOf(request)
    const operation = type === null || caller.viewer === null ? null : operationIn(body)
    if (type === null || operation === null) return { isAnswered: false, charge: null }
    const { data, charge } = await answer(operation, caller)
    if (data === null) return { isAnswered: false, charge }
    const text = JSON.stringify({ data, extensions: { cost: charge } })
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(text) })
    response.end(text)
    pipeline.metrics.executed('query', null, startedAt)
    return { isAnswered: true }
  }

  async function answer(operation: PlainOperation, caller: Caller): Promise<Answer> {
    const { operationName, variables } = operation
    let charge: AnswerCost | null = null
    try {
      const query = pipeline.documents.textOf(operation, caller.viewer)
      if (typeof query !== 'string') return notCharged
      const document = pipeline.operations.parse(query)
      const checked = pipeline.operations.check(document, operationName, variables, caller.viewer)
      const plan = 'cost' in checked ? plans(document, operationName) : null
      if (plan === null || !('cost' in checked)) return notCharged
      // Charged before anything is read: a caller over the rate limit must not keep the database busy.
      charge = await pipeline.rateLimit.charge(caller.viewer, caller.origin, checked.cost)
      await pipeline.noteUsedFields(caller.viewer, document, operationName)
      const context = contextOf(caller)
      const data = await plan.answer(variables, context)
      if (data === null) return { data, charge }
      // If the audit entry can't be written, Yoga responds with the error.
      const { errors } = await recordAnswer(context, context.people, { data }, 'answer')
      return { data: errors === undefined ? data : null, charge }
    } catch (error) {
      if (error instanceof GraphQLError || error instanceof ChurchHubError) return { data: null, charge }
      throw error
    }
  }
}

/**
 * The media type that Yoga would respond with: the first accepted one that it supports. Null, which leaves the request
 * to Yoga, if the media types have weights.
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

type PlainOperation = RequestedDocument & Readonly<{ operationName: string | null; variables: Record<string, unknown> }>

/** The operation in a body of the form that GraphQL over HTTP specifies. Null for any other body. */
function operationIn(body: string): PlainOperation | null {
  const parsed = objectIn(body)
  if (parsed === null) return null
  const { query, documentId, operationName = null, variables = null, extensions = null, ...unknown } = parsed
  if (Object.keys(unknown).length > 0 || (extensions !== null && !isObject(extensions))) return null
  if (operationName !== null && typeof operationName !== 'string') return null
  if (variables !== null && !isObject(variables)) return null
  return { query, documentId, extensions, operationName, variables: variables ?? {} }
}

function objectIn(body: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(body)
    return isObject(parsed) ? parsed : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
