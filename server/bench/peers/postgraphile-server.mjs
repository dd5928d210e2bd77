// @ts-nocheck Only the benchmarks install its packages, so a type check of ChurchHub doesn't find them.
/**
 * PostGraphile 5 on ChurchHub's tables, set up for production as its documentation recommends, with its usual filter
 * plugin. No sign-in, rules, redaction or limits. A program; see ../support/programs.ts.
 */
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { makeJSONPgSmartTagsPlugin } from 'postgraphile/utils'
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter'

const { PORT, DATABASE_URL, DATABASE_POOL_SIZE } = process.env

// A booking's children reference booking_keys, which has the booking's ID: `bookings` is partitioned, and a foreign key
// must include the partition key. These smart tags declare the missing foreign keys.
const childOfBooking = (plural) => ({
  tags: { foreignKey: `("bookingId") references bookings (id)|@fieldName booking|@foreignFieldName ${plural}` },
})
const tags = makeJSONPgSmartTagsPlugin({
  version: 1,
  config: {
    class: {
      bookings: { tags: { unique: 'id' } },
      form_responses: childOfBooking('formResponses'),
      context_summaries: childOfBooking('contextSummaries'),
    },
  },
})

const preset = {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  plugins: [tags],
  pgServices: [
    makePgService({
      connectionString: DATABASE_URL,
      schemas: ['public'],
      poolConfig: { max: Number(DATABASE_POOL_SIZE), options: '-c TimeZone=UTC' },
    }),
  ],
  // The readiness check uses GET.
  grafserv: { graphiql: false, watch: false, graphqlOverGET: true },
  grafast: { explain: false },
}

const server = createServer()
const instance = postgraphile(preset)
await instance.createServ(grafserv).addTo(server)
server.listen(Number(PORT), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => void instance.release())
  server.closeAllConnections()
})
