import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { AuditUnavailableError } from '../../core/audit/errors.ts'
import type { PeopleNotes } from '../../core/audit/read/people-read.ts'
import { ForbiddenError } from '../../platform/errors.ts'
import type { Context } from './context.ts'

/** Records in the audit log what each response reveals and refuses, over every transport. */
export function recordAnswers(): Plugin<Context> {
  return {
    onExecute: ({ executeFn, setExecuteFn }) => {
      setExecuteFn(async (args) => {
        const context = args.contextValue as Context // yoga.ts creates it
        const result: ExecutionResult = await executeFn(args)
        return recordAnswer(context, context.people, result, 'answer')
      })
    },
  }
}

/**
 * Records in the audit log which people a response shows to an admin or token, and whether a token was refused. Returns
 * the response, or AUDIT_UNAVAILABLE in its place: no name leaves the server unrecorded.
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

/** Records that a token was refused. The refusal stands even if the audit log can't be written. */
export async function recordRefusal({ viewer, origin, deps }: Context, { errors }: ExecutionResult): Promise<void> {
  if (viewer?.kind !== 'token' || errors === undefined || !errors.some(isForbidden)) return
  await deps.refusedTokens.recordForbidden(viewer, origin)
}

function isForbidden({ originalError, extensions }: GraphQLError): boolean {
  if (originalError instanceof ForbiddenError || extensions.code === 'FORBIDDEN') return true
  return originalError !== undefined && 'code' in originalError && originalError.code === 'FORBIDDEN'
}
