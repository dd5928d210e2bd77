/** What an owner is told of an endpoint by mail. */
export const notices = ['warning', 'failing', 'gone'] as const

export type Notice = (typeof notices)[number]

type Named = Readonly<{ name: string; address: string }>

/** The mail about an endpoint. It says nothing of what was sent. */
export function noticeMailOf(
  publicUrl: string,
  notice: Notice,
  { name, address }: Named,
): { subject: string; text: string } {
  const { subject, what, next } = texts[notice]
  // A line break in a subject would be the end of it, and the beginning of another header.
  const oneLine = name.replace(/\s+/g, ' ')
  return {
    subject: subject.replace('{name}', oneLine),
    text: `${what}\n\n  ${oneLine}\n  ${address}\n\n${next}\n\n${publicUrl}/webhooks\n`,
  }
}

const texts: Readonly<Record<Notice, { subject: string; what: string; next: string }>> = {
  warning: {
    subject: 'ChurchHub can not deliver to "{name}"',
    what: 'For a day now, every attempt to deliver to this webhook endpoint has failed:',
    next: 'ChurchHub goes on trying. If nothing gets through within the next days, the endpoint is switched off. The delivery log says what went wrong:',
  },
  failing: {
    subject: 'ChurchHub has switched off "{name}"',
    what: 'For five days, every attempt to deliver to this webhook endpoint has failed, so it was switched off:',
    next: 'Nothing is sent there any more. Once the receiver works again, switch the endpoint on, and deliver again what is still wanted:',
  },
  gone: {
    subject: 'ChurchHub has switched off "{name}"',
    what: 'The receiver of this webhook endpoint answered 410 Gone, so it was switched off:',
    next: 'Nothing is sent there any more. If that was a mistake, switch the endpoint on again:',
  },
}
