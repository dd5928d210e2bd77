import { originOf } from '../../../core/access/origin.ts'
import type { Bursts } from '../../../core/audit/bursts.ts'

export type RefuseSignatureDeps = Readonly<{ bursts: Pick<Bursts, 'add'> }>

/** Puts on record that somebody sent a delivery that no secret here has signed: at most one entry a minute and source. */
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
