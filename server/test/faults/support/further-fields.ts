/** Further fields of Cal.com's payloads: secrets of the call, the calendar's file, phone numbers, typed locations. */
export function furtherFields(word: string, phone: string) {
  return {
    additionalNotes: `${word}additionalnotes`,
    description: `${word}description`,
    oneTimePassword: `${word}onetimepassword`,
    videoCallData: {
      type: 'daily_video',
      id: 'room',
      password: `${word}callpassword`,
      url: `https://v.example/#${word}`,
    },
    calendarDescription: `BEGIN:VCALENDAR\r\nDESCRIPTION:${word}ics\r\nEND:VCALENDAR`,
    attachments: [{ filename: 'invite.ics', content: Buffer.from(`${word}icsfile`).toString('base64') }],
    smsReminderNumber: `+${phone}`,
    location: `+${phone}`,
    customInputs: { legacy: `${word}custominput` },
    responses: {
      location: { label: 'location', value: { optionValue: `+${phone}`, value: 'phone' } },
      attendeePhoneNumber: { label: 'phone_number', value: `+${phone}` },
      rescheduleReason: { label: 'reason_for_reschedule', value: `${word}reschedulereason` },
      title: { label: 'what_is_this_meeting_about', value: `${word}topic` },
      notes: { label: 'additional_notes', value: `${word}responsenotes` },
    },
  }
}
