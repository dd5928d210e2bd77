import { BadUserInputError } from '../../../platform/errors.ts'
import type { GuardedPost } from '../../../platform/http/guarded-post.ts'

/** Lets only a URL through that something could be posted to. Where its name leads is asked at each try. Throws BadUserInputError. */
export function checkUrl(
  { receivers }: Readonly<{ receivers: Pick<GuardedPost, 'complaintAbout'> }>,
  url: string,
): void {
  const complaint = receivers.complaintAbout(url)
  if (complaint !== null) throw new BadUserInputError('url', `url ${complaint}.`)
}
