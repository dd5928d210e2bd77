import { defineConfig } from 'prisma/config'

// `prisma generate` wants this file to exist and doesn't run it. Unset, it downloads an engine, which closed networks refuse.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

export default defineConfig({ schema: './schema.prisma', migrations: { path: './migrations' } })
