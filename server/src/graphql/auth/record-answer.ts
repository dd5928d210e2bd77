import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { AuditUnavailableError } from '../../core/audit/errors.ts'
import type { PeopleNotes } from '../../core/audit/read/people-read.ts'
import { ForbiddenError } from '../../platform/errors.ts'
import type { Context } from './context.ts'

/** Puts on record what an answer gives away and what it refuses, over every transport. */
export function recordAnswers(): Plugin<Context> {
  return {
    onExecute: ({ executeFn, setExecuteFn }) => {
      setExecuteFn(async (args) => {
        const context = args.contextValue as Context // yoga.ts makes it
        const result: ExecutionResult = await executeFn(args)
        return recordAnswer(context, context.people, result, 'answer')
      })
    },
  }
}

/**
 * Puts on record whose people an answer names to an admin or a token, and that a token asked for what it may not. Gives the
 * answer, or AUDIT_UNAVAILABLE in its place: no name leaves that is not on record.
 */
export async function recordAnswer(
  context: Context,
  people: PeopleNotes,
  result: ExecutionResult,
  via: 'answer' | 'event',
): Promise<ExecutionResult> {
  await recordRefusal(context, result)
  if (people.isEmpty()) return result
  try {
    await context.deps.peopleRead.record(people, { via, origin: context.origin })
    return result
  } catch (error) {
    const originalError = error instanceof AuditUnavailableError ? error : new AuditUnavailableError({ cause: error })
    return { data: null, errors: [new GraphQLError(originalError.message, { originalError })] }
  }
}

/** Puts on record that a token was refused something. A log that can't be written changes nothing about that. */
export async function recordRefusal({ viewer, origin, deps }: Context, { errors }: ExecutionResult): Promise<void> {
  if (viewer?.kind !== 'token' || errors === undefined || !errors.some(isForbidden)) return
  await deps.refusedTokens.recordForbidden(viewer, origin)
}

function isForbidden({ originalError, extensions }: GraphQLError): boolean {
  if (originalError instanceof ForbiddenError || extensions.code === 'FORBIDDEN') return true
  return originalError !== undefined && 'code' in originalError && originalError.code === 'FORBIDDEN'
}
