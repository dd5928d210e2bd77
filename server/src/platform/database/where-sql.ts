import { Prisma, type Statements } from './client.ts'
import { allOf, conditionsOf, type Where } from './json-sql/conditions.ts'
import { collectParameters } from './json-sql/statement.ts'

/**
 * A Prisma `where` as SQL, for statements that Prisma can't express: a rule is written once, and holds for both.
 *
 * @param alias - the name of the model's table in the statement
 * @throws UnsupportedQueryError for a condition that json-sql/ doesn't know
 */
export function whereSql({ tables }: Statements, model: Prisma.ModelName, alias: string, where: Where): Prisma.Sql {
  const table = tables?.get(model)
  if (tables == null || table === undefined)
    throw new Error(`this version of Prisma doesn't name the table of ${model}`)
  const parameters = collectParameters()
  let aliases = 0
  const writing = { tables, parameters, newAlias: () => `related${aliases++}` }
  const text = allOf(conditionsOf(writing, table, alias, where))
  // Splits at the parameters: the odd parts are their numbers.
  const parts = text.split(/\$(\d+)/)
  const numbers = parts.filter((_, at) => at % 2 === 1)
  return new Prisma.Sql(
    parts.filter((_, at) => at % 2 === 0),
    numbers.map((number) => parameters.values[Number(number) - 1]),
  )
}
