import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/**
 * Has everybody looked up anew after a mutation on this node, before it is answered: it may have ended a session or a token,
 * whose notice is still on its way here from the database.
 */
export function clearAuthCacheAfterMutations(forget: () => void): Plugin {
  return {
    onExecute: ({ args: { document, operationName } }) => {
      if (getOperationAST(document, operationName)?.operation !== 'mutation') return
      return { onExecuteDone: () => forget() }
    },
  }
}
