import { z } from 'zod'

/** The one property of Prisma's client that ChurchHub uses beyond its documented API: no other names the tables (`@@map`). */
const clientWithDataModel = z.object({
  _runtimeDataModel: z.object({ models: z.record(z.string(), z.object({ dbName: z.string().nullable() })) }),
})

/** Each model's table, by the names of the models. Null where this version of Prisma keeps them elsewhere. */
export function tableNamesOf(client: object): ReadonlyMap<string, string> | null {
  const { data } = clientWithDataModel.safeParse(client)
  if (data === undefined) return null
  return new Map(Object.entries(data._runtimeDataModel.models).map(([model, { dbName }]) => [model, dbName ?? model]))
}
