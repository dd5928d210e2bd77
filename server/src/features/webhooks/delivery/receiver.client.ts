import type { GuardedPost, PostOutcome } from '../../../platform/http/guarded-post.ts'
import { signedHeaders } from '../endpoints/signature.model.ts'
import type { Target } from '../model.ts'

/** Posts a signed message to an endpoint's URL. */
export function postToReceiver(
  receivers: Pick<GuardedPost, 'post'>,
  target: Target,
  message: Readonly<{ webhookId: string; sentAt: Date; body: string }>,
): Promise<PostOutcome> {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'ChurchHub-Webhooks/1',
    ...signedHeaders(target, message),
  }
  return receivers.post(target.url, headers, message.body)
}
