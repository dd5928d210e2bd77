import type { Viewer } from '../../core/access/viewer.ts'

/** Whose briefs a configuration is for: a pastor's, or, without a user, the whole church's. */
type Scoped = Readonly<{ userId: string | null }>

/** The church's own is everybody's to read. An admin reads all; to another pastor a pastor's does not exist. */
export function mayReadConfiguration(viewer: Viewer, configuration: Scoped): boolean {
  return viewer.role === 'admin' || configuration.userId === null || configuration.userId === viewer.userId
}

/** A pastor writes their own, an admin the church's. */
export function mayWriteConfiguration(viewer: Viewer, configuration: Scoped): boolean {
  return configuration.userId === null ? viewer.role === 'admin' : configuration.userId === viewer.userId
}

/** Only a pastor has bookings of High sensitivity to let out. */
export function mayConsent(viewer: Viewer): boolean {
  return viewer.role === 'pastor'
}
