import { builder, viewerOf } from '../../graphql/builder.ts'
import { listColleagues } from './colleagues.reads.ts'
import { mayListColleagues } from './policy.ts'

const Colleague = builder.objectRef<{ id: string; name: string }>('Colleague').implement({
  description: 'Another pastor, by name and nothing else.',
  fields: (t) => ({
    id: t.globalID({ description: "The user's global id.", resolve: ({ id }) => ({ type: 'User', id }) }),
    name: t.exposeString('name', { description: 'The name people know them by.' }),
  }),
})

builder.queryField('colleagues', (t) =>
  t.field({
    type: [Colleague],
    description: 'The other pastors who can sign in, by name: whom a booking can be handed to. Pastors only.',
    authScopes: (_parent, _args, { viewer }) => viewer !== null && mayListColleagues(viewer),
    needs: 'session',
    resolve: (_parent, _args, context) => listColleagues(context.deps.database, viewerOf(context)),
  }),
)
