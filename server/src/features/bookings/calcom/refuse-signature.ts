import { originOf } from '../../../core/access/origin.ts'
import type { Bursts } from '../../../core/audit/bursts.ts'

export type RefuseSignatureDeps = Readonly<{ bursts: Pick<Bursts, 'add'> }>

/** Records in the audit log a delivery with an invalid signature, at most one entry per minute and source. */
export async function refuseSignature(
  { bursts }: RefuseSignatureDeps,
  address: string | null,
  userAgent: string | undefined,
): Promise<void> {
  await bursts.add({
    action: 'webhook.signature_refused',
    resource: 'webhook_delivery',
    resourceId: null,
    userId: null,
    bookingId: null,
    origin: originOf(address, userAgent),
    metadata: {},
  })
}
