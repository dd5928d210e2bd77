/** The two roles a person can have. A pastor owns bookings; an admin runs the house and owns none of its words. */
export type Role = 'pastor' | 'admin'

/** Who is asking, once a session was checked. `sessionId` is the id in the database (a hash), never the cookie's token. */
export type Viewer = Readonly<{ userId: string; role: Role; sessionId: string }>

/** Where a request came from, for the audit log. Null: unknown, or the system itself. */
export type Origin = Readonly<{ ipAddress: string | null; userAgent: string | null }>
