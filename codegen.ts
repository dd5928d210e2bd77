import type { CodegenConfig } from '@graphql-codegen/cli'

/**
 * Types the client's GraphQL documents (every `.graphql` under `client/src/features`) against the SDL that the server prints.
 * The output is git-ignored: `npm run generate` makes it, so a field that the server drops is a type error here.
 */
const config: CodegenConfig = {
  schema: 'server/schema.graphql',
  documents: 'client/src/features/**/*.graphql',
  importExtension: '.ts',
  generates: {
    'client/src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: { DateTime: 'string', JSON: 'unknown' },
      },
    },
  },
}

export default config
