import { builder, viewerOf } from '../../graphql/schema/builder.ts'
import { listColleagues } from './colleagues.reads.ts'
import { mayListColleagues } from './policy.ts'

const Colleague = builder.objectRef<{ id: string; name: string }>('Colleague').implement({
  description: 'Another pastor. Only the name is shown.',
  fields: (t) => ({
    id: t.globalID({ description: "The user's global ID.", resolve: ({ id }) => ({ type: 'User', id }) }),
    name: t.exposeString('name', { description: 'The name people know the user by.' }),
  }),
})

builder.queryField('colleagues', (t) =>
  t.field({
    type: [Colleague],
    description:
      'The other pastors who can sign in, ordered by name. A booking can be handed over to any of them. Pastors only.',
    authScopes: (_parent, _args, { viewer }) => viewer !== null && mayListColleagues(viewer),
    needs: 'session',
    resolve: (_parent, _args, context) => listColleagues(context.deps.database, viewerOf(context)),
  }),
)
