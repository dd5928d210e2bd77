import { builder, personOf } from '../../graphql/schema/builder.ts'
import { User } from './graphql.ts'
import { userOf } from './reads.ts'
import { updateProfile } from './update-profile.ts'

const UpdateProfileInput = builder.inputType('UpdateProfileInput', {
  description: 'The properties of your profile to change. Properties that are omitted or null stay unchanged.',
  fields: (t) => ({
    name: t.string({ description: 'The name people know you by.' }),
    churchName: t.string({ description: 'Your church.' }),
    bio: t.string({ description: 'Your bio. An empty string removes it.' }),
    schedulingLink: t.string({ description: 'Your booking page. An empty string removes it.' }),
  }),
})

const UpdateProfilePayload = builder.objectRef<{ userId: string }>('UpdateProfilePayload').implement({
  description: 'The result of updating your profile.',
  fields: (t) => ({
    viewer: t.prismaField({
      type: User,
      description: 'The updated user.',
      resolve: (query, { userId }, _args, { deps }) => userOf(deps.database, userId, query),
    }),
  }),
})

builder.mutationField('updateProfile', (t) =>
  t.field({
    type: UpdateProfilePayload,
    description:
      'Updates your profile. Only admins can change your email address, role and names in Cal.com. Errors: `BAD_USER_INPUT` with `field`.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: UpdateProfileInput, required: true, description: 'The properties to change.' }) },
    resolve: async (_parent, { input }, context) => {
      const viewer = personOf(context)
      const changed = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
      await updateProfile(context.deps, viewer, context.origin, changed)
      return { userId: viewer.userId }
    },
  }),
)
