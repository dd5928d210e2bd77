import type { Viewer } from '../../core/access/viewer.ts'

/** Its owner reads a form, and so does an admin. To another pastor it does not exist. */
export function mayReadForm(viewer: Viewer, form: Readonly<{ userId: string }>): boolean {
  return viewer.role === 'admin' || ownsForm(viewer, form)
}

/** An event type exists for the pastor whose it is. Only its owner says what it is called. */
export function ownsEventType(viewer: Viewer, eventType: Readonly<{ userId: string }>): boolean {
  return eventType.userId === viewer.userId
}

/** Only its owner changes a form: how sensitive their meetings are is nobody else's to say. */
export function ownsForm(viewer: Viewer, form: Readonly<{ userId: string }>): boolean {
  return form.userId === viewer.userId
}
