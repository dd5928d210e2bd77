import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma, Transaction } from '../../platform/database/client.ts'
import { escapeLike } from '../../platform/database/escape-like.ts'
import type { FormFilter, FormOrder } from './filter.model.ts'

/** The forms that a viewer may read: their own, or all for an admin. */
export function visibleForms(viewer: Viewer): Prisma.FormWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

type FormSelection = { include?: Prisma.FormInclude; select?: Prisma.FormSelect }
function formsMatching(viewer: Viewer, filter: FormFilter): Prisma.FormWhereInput {
  const all: Prisma.FormWhereInput[] = [visibleForms(viewer)]
  if (filter.eventTypeId) all.push({ eventTypeId: { in: [...filter.eventTypeId] } })
  if (filter.isActive != null) all.push({ isActive: filter.isActive })
  if (filter.ownerId) all.push({ userId: filter.ownerId })
  if (filter.name) all.push({ name: escapeLike(filter.name) })
  return { AND: all }
}

/** A list of forms: its filter, its sort order, and the rows that cursors may point to. */
export function formList(viewer: Viewer, filter: FormFilter, order: FormOrder = { field: 'name', direction: 'asc' }) {
  // The ID breaks ties.
  const orderBy: Prisma.FormOrderByWithRelationInput[] = [{ [order.field]: order.direction }, { id: order.direction }]
  return { where: formsMatching(viewer, filter), orderBy, scope: visibleForms(viewer) }
}

/** Reads a form that is known to exist, with the selected fields. */
export function formOf<Query extends FormSelection>(database: Database, id: string, query: Query) {
  return database.form.findUniqueOrThrow({ ...query, where: { id } })
}

/** The columns of a form that commands need. */
export type FormRow = Readonly<{ id: string; userId: string; eventTypeId: number; isActive: boolean; schema: unknown }>

/** Finds a form by ID, without checking access. */
export function findForm(tx: Pick<Transaction, 'form'>, id: string): Promise<FormRow | null> {
  return tx.form.findUnique({
    where: { id },
    select: { id: true, userId: true, eventTypeId: true, isActive: true, schema: true },
  })
}

/** Whether another form of the same owner and event type is active. */
export async function hasOtherActiveForm(tx: Pick<Transaction, 'form'>, form: FormRow): Promise<boolean> {
  const { id, userId, eventTypeId } = form
  return (await tx.form.count({ where: { userId, eventTypeId, isActive: true, id: { not: id } } })) > 0
}
