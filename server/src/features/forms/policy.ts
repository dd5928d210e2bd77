import type { Viewer } from '../../core/access/viewer.ts'

/** A form can be read by its owner and by admins. For others it doesn't exist. */
export function mayReadForm(viewer: Viewer, form: Readonly<{ userId: string }>): boolean {
  return viewer.role === 'admin' || ownsForm(viewer, form)
}

/** Only the owner can read and rename an event type. */
export function ownsEventType(viewer: Viewer, eventType: Readonly<{ userId: string }>): boolean {
  return eventType.userId === viewer.userId
}

/** Only the owner can change a form: nobody else decides how sensitive their meetings are. */
export function ownsForm(viewer: Viewer, form: Readonly<{ userId: string }>): boolean {
  return form.userId === viewer.userId
}
