// @ts-nocheck Its packages are the benchmarks' own: nobody who checks ChurchHub's types has them.
/**
 * PostGraphile 5 over the tables of ChurchHub, as its documentation sets it up for production, with its usual plugin for
 * filters. No sign-in, no rule, no redaction, no limit. A program; see ../programs.ts.
 */
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { makeJSONPgSmartTagsPlugin } from 'postgraphile/utils'
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter'

const { PORT, DATABASE_URL, DATABASE_POOL_SIZE } = process.env

// A booking's children refer to booking_keys, whose id is the booking's: `bookings` is partitioned, and no foreign key can
// leave the partitioning column out. Here PostGraphile is told what the foreign keys would say.
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
  // What tells that it is ready asks by GET.
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
