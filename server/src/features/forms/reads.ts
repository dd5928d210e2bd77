import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma, Transaction } from '../../platform/database/client.ts'
import { escapeLike } from '../../platform/database/escape-like.ts'
import type { FormFilter, FormOrder } from './filter.model.ts'

/** The forms that exist for a viewer: one's own, or all for an admin. */
export function visibleForms(viewer: Viewer): Prisma.FormWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

type FormSelection = { include?: Prisma.FormInclude; select?: Prisma.FormSelect }
/** What the viewer asked for, within what exists for the viewer. */
function formsMatching(viewer: Viewer, filter: FormFilter): Prisma.FormWhereInput {
  const all: Prisma.FormWhereInput[] = [visibleForms(viewer)]
  if (filter.eventTypeId) all.push({ eventTypeId: { in: [...filter.eventTypeId] } })
  if (filter.isActive != null) all.push({ isActive: filter.isActive })
  if (filter.ownerId) all.push({ userId: filter.ownerId })
  if (filter.name) all.push({ name: escapeLike(filter.name) })
  return { AND: all }
}

/** A list of forms: which, in what order, and from which rows it can be paged. */
export function formList(viewer: Viewer, filter: FormFilter, order: FormOrder = { field: 'name', direction: 'asc' }) {
  // The id settles what is equal.
  const orderBy: Prisma.FormOrderByWithRelationInput[] = [{ [order.field]: order.direction }, { id: order.direction }]
  return { where: formsMatching(viewer, filter), orderBy, within: visibleForms(viewer) }
}

/** A page of a list. */
export function listForms<Query extends FormSelection>(
  database: Database,
  { where, orderBy }: Pick<ReturnType<typeof formList>, 'where' | 'orderBy'>,
  query: Query,
) {
  return database.form.findMany({ ...query, where, orderBy })
}

export function countForms(database: Database, where: Prisma.FormWhereInput): Promise<number> {
  return database.form.count({ where })
}

export async function isVisibleForm(database: Database, viewer: Viewer, id: string): Promise<boolean> {
  return (await database.form.count({ where: { AND: [visibleForms(viewer), { id }] } })) > 0
}

/** A form that is known to exist, with what was selected. */
export function formOf<Query extends FormSelection>(database: Database, id: string, query: Query) {
  return database.form.findUniqueOrThrow({ ...query, where: { id } })
}

/** A form as it stands in the table. */
export type FormRow = Readonly<{ id: string; userId: string; eventTypeId: number; isActive: boolean; schema: unknown }>

/** The form of that id, whoever's it is, or null. */
export function findForm(tx: Pick<Transaction, 'form'>, id: string): Promise<FormRow | null> {
  return tx.form.findUnique({
    where: { id },
    select: { id: true, userId: true, eventTypeId: true, isActive: true, schema: true },
  })
}

/** Whether another form of the same event type of the same pastor is in force. */
export async function hasOtherActiveForm(tx: Pick<Transaction, 'form'>, form: FormRow): Promise<boolean> {
  const { id, userId, eventTypeId } = form
  return (await tx.form.count({ where: { userId, eventTypeId, isActive: true, id: { not: id } } })) > 0
}
