/** The emails that an endpoint's owner gets. */
export const notices = ['warning', 'failing', 'gone'] as const

export type Notice = (typeof notices)[number]

type Named = Readonly<{ name: string; address: string }>

/** Composes the email about an endpoint. It contains nothing from its messages. */
export function noticeMailOf(
  publicUrl: string,
  notice: Notice,
  { name, address }: Named,
): { subject: string; text: string } {
  const { subject, reason, next } = texts[notice]
  // Prevents header injection: a line break would end the subject header and start another one.
  const oneLine = name.replace(/\s+/g, ' ')
  return {
    subject: subject.replace('{name}', oneLine),
    text: `${reason}\n\n  ${oneLine}\n  ${address}\n\n${next}\n\n${publicUrl}/webhooks\n`,
  }
}

const texts: Readonly<Record<Notice, { subject: string; reason: string; next: string }>> = {
  warning: {
    subject: 'ChurchHub can\'t deliver to "{name}"',
    reason: 'For one day, every attempt to deliver to this webhook has failed:',
    next: 'ChurchHub keeps retrying. If nothing is delivered within the next days, the webhook will be disabled. See the delivery log for details:',
  },
  failing: {
    subject: 'ChurchHub has disabled "{name}"',
    reason: 'For five days, every attempt to deliver to this webhook has failed, so it was disabled:',
    next: 'Nothing more is sent to it. Once the receiver works again, enable the webhook and redeliver the messages you still need:',
  },
  gone: {
    subject: 'ChurchHub has disabled "{name}"',
    reason: 'The receiver of this webhook responded with 410 Gone, so the webhook was disabled:',
    next: 'Nothing more is sent to it. If this was a mistake, enable the webhook again:',
  },
}
