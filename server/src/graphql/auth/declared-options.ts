import type { GraphQLObjectType } from 'graphql'

type Options = Readonly<Record<string, unknown>>

/** The options that a type or a field was declared with. Pothos keeps them in `extensions.pothosOptions`. */
export function declaredOptionsOf({ extensions }: { extensions: Options }): Options {
  const { pothosOptions } = extensions
  return typeof pothosOptions === 'object' && pothosOptions !== null ? { ...pothosOptions } : {}
}

/** The Prisma model whose rows a type shows, or null. Pothos' Prisma plugin keeps its name in `extensions`. */
export function prismaModelOf({ extensions }: Pick<GraphQLObjectType, 'extensions'>): string | null {
  const { pothosPrismaModel } = extensions
  return typeof pothosPrismaModel === 'string' ? pothosPrismaModel : null
}
