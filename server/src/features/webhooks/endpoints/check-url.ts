import { BadUserInputError } from '../../../platform/errors.ts'
import type { GuardedPost } from '../../../platform/http/guarded-post.ts'

/** Checks that a URL can be posted to. Its DNS name is resolved and checked at each attempt. Throws BadUserInputError. */
export function checkUrl(
  { receivers }: Readonly<{ receivers: Pick<GuardedPost, 'findUrlProblem'> }>,
  url: string,
): void {
  const complaint = receivers.findUrlProblem(url)
  if (complaint !== null) throw new BadUserInputError('url', `url ${complaint}.`)
}
