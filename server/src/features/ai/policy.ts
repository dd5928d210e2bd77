import type { Viewer } from '../../core/access/viewer.ts'

/** The scope of a configuration: a pastor, or null for the whole church. */
type Scoped = Readonly<{ userId: string | null }>

/** Everyone may read the church's configurations. A pastor may also read their own, an admin all. */
export function mayReadConfiguration(viewer: Viewer, configuration: Scoped): boolean {
  return viewer.role === 'admin' || configuration.userId === null || configuration.userId === viewer.userId
}

/** A pastor may write their own configurations, an admin the church's. */
export function mayWriteConfiguration(viewer: Viewer, configuration: Scoped): boolean {
  return configuration.userId === null ? viewer.role === 'admin' : configuration.userId === viewer.userId
}

/** Only pastors have bookings that could be sent. */
export function mayConsent(viewer: Viewer): boolean {
  return viewer.role === 'pastor'
}
