/** A column, as written in a statement and read from a result. */
export type Column = Readonly<{ name: string; type: string; isList: boolean; isNullable: boolean }>

/** How two tables are related: `here` is a column of the one, `there` of the other. */
export type Relation = Readonly<{ model: string; isList: boolean; ownColumn: string; otherColumn: string }>

export type Table = Readonly<{
  model: string
  /** Its name in the database. */
  name: string
  columns: ReadonlyMap<string, Column>
  relations: ReadonlyMap<string, Relation>
}>

/** The tables by Prisma model name. */
export type Tables = ReadonlyMap<string, Table>

type ModelField = Readonly<{
  name: string
  kind: string
  type: string
  isList: boolean
  isRequired: boolean
  relationName?: string
  relationFromFields?: readonly string[]
}>

/** Prisma's runtime data model by model name: fields and relations. */
export type Models = Readonly<Record<string, Readonly<{ fields: readonly ModelField[] }>>>

/**
 * Describes the tables behind Prisma's models. Columns have the names of their fields, and a relation references the
 * other table's `id`; server/test/schema checks both.
 *
 * @param tableNames - each model's table
 */
export function describeTables(models: Models, tableNames: ReadonlyMap<string, string>): Tables {
  return new Map(
    Object.entries(models).map(([model, { fields }]) => [
      model,
      {
        model,
        name: tableNames.get(model) ?? model,
        columns: new Map(
          fields
            .filter(({ kind }) => kind !== 'object')
            .map(({ name, type, isList, isRequired }): [string, Column] => [
              name,
              { name, type, isList, isNullable: !isRequired },
            ]),
        ),
        relations: new Map(
          fields
            .filter(({ kind }) => kind === 'object')
            .map((field): [string, Relation] => [field.name, relationOf(models, model, field)]),
        ),
      },
    ]),
  )
}

function relationOf(models: Models, model: string, field: ModelField): Relation {
  const target = { model: field.type, isList: field.isList }
  const [own] = field.relationFromFields ?? []
  if (own !== undefined) return { ...target, ownColumn: own, otherColumn: 'id' }
  const inverse = models[field.type]?.fields.find(
    (other) => other.relationName === field.relationName && other.type === model && other.name !== field.name,
  )
  return { ...target, ownColumn: 'id', otherColumn: inverse?.relationFromFields?.[0] ?? 'id' }
}
