import { builder, personOf } from '../../graphql/builder.ts'
import { User } from './graphql.ts'
import { userOf } from './reads.ts'
import { updateProfile } from './update-profile.ts'

const UpdateProfileInput = builder.inputType('UpdateProfileInput', {
  description: 'What is to be different of oneself. What is left out, or null, stays as it is.',
  fields: (t) => ({
    name: t.string({ description: 'The name people know you by.' }),
    churchName: t.string({ description: 'Your church.' }),
    bio: t.string({ description: 'What you say about yourself; empty for nothing.' }),
    schedulingLink: t.string({ description: 'Your booking page; empty for none.' }),
  }),
})

const UpdateProfilePayload = builder.objectRef<{ userId: string }>('UpdateProfilePayload').implement({
  description: 'Oneself, changed.',
  fields: (t) => ({
    viewer: t.prismaField({
      type: User,
      description: 'The one who asked, as they are now.',
      resolve: (query, { userId }, _args, { deps }) => userOf(deps.database, userId, query),
    }),
  }),
})

builder.mutationField('updateProfile', (t) =>
  t.field({
    type: UpdateProfilePayload,
    description:
      "Changes what one says of oneself. One's address, role and names in Cal.com are the admins' to change. Error BAD_USER_INPUT with `field`.",
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: UpdateProfileInput, required: true, description: 'What is to be different.' }) },
    resolve: async (_parent, { input }, context) => {
      const viewer = personOf(context)
      const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
      await updateProfile(context.deps, viewer, context.origin, given)
      return { userId: viewer.userId }
    },
  }),
)
