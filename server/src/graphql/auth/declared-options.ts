import type { GraphQLObjectType } from 'graphql'

type Options = Readonly<Record<string, unknown>>

/** The options that a type or field was declared with. Pothos stores them in `extensions.pothosOptions`. */
export function declaredOptionsOf({ extensions }: { extensions: Options }): Options {
  const { pothosOptions } = extensions
  return typeof pothosOptions === 'object' && pothosOptions !== null ? { ...pothosOptions } : {}
}

/** The Prisma model of a type, or null. Pothos' Prisma plugin stores its name in `extensions`. */
export function prismaModelOf({ extensions }: Pick<GraphQLObjectType, 'extensions'>): string | null {
  const { pothosPrismaModel } = extensions
  return typeof pothosPrismaModel === 'string' ? pothosPrismaModel : null
}
