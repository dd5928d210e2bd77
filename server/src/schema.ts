import { printSchemaWithDirectives } from '@graphql-tools/utils'
import { lexicographicSortSchema, specifiedDirectives } from 'graphql'
import './features/audit/graphql.ts'
import './features/bookings/changes.graphql.ts'
import './features/bookings/deliveries.graphql.ts'
import './features/bookings/graphql.ts'
import './features/bookings/intake.graphql.ts'
import './features/bookings/queries.graphql.ts'
import './features/bookings/sensitivity.graphql.ts'
import './features/bookings/webhook-secret.graphql.ts'
import './features/forms/graphql.ts'
import './features/forms/queries.graphql.ts'
import './features/hooks/changes.graphql.ts'
import './features/hooks/graphql.ts'
import './features/hooks/messages.graphql.ts'
import './features/limits/graphql.ts'
import './features/jobs/changes.graphql.ts'
import './features/jobs/graphql.ts'
import './features/policies/graphql.ts'
import './features/settings/graphql.ts'
import './features/summaries/graphql.ts'
import './features/users/admin.graphql.ts'
import './features/users/graphql.ts'
import './features/users/list.graphql.ts'
import './features/users/passwords.graphql.ts'
import './features/users/profile.graphql.ts'
import './features/users/sessions.graphql.ts'
import { builder } from './graphql/builder.ts'
import { needsDirective } from './graphql/needs-directive.ts'

/** The whole schema: each import above adds its feature's types and fields to the builder. */
export const schema = builder.toSchema({ directives: [...specifiedDirectives, needsDirective] })

/** The schema as it is checked in as server/schema.graphql, sorted so that a diff shows only what changed. */
export function printSdl(): string {
  return `${printSchemaWithDirectives(lexicographicSortSchema(schema))}\n`
}
