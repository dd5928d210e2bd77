import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/**
 * Clears the auth cache after each mutation on this node, before its response is sent: the mutation may have revoked a
 * session or token, and the database's notification may not have arrived yet.
 */
export function clearAuthCacheAfterMutations(forget: () => void): Plugin {
  return {
    onExecute: ({ args: { document, operationName } }) => {
      if (getOperationAST(document, operationName)?.operation !== 'mutation') return
      return { onExecuteDone: () => forget() }
    },
  }
}
