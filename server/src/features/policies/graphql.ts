import { builder, checkCursors, checkFilter, checkPage, viewerOf } from '../../graphql/builder.ts'
import { User } from '../users/graphql.ts'
import { changeSchedulingPolicy } from './change-scheduling-policy.ts'
import { createSchedulingPolicy } from './create-scheduling-policy.ts'
import { deleteSchedulingPolicy } from './delete-scheduling-policy.ts'
import { QuietHours, QuietHoursInput, WorkingHours, WorkingHoursInput } from './hours.graphql.ts'
import { quietHoursOf, workingHoursOf } from './model.ts'
import { countPolicies, isVisiblePolicy, listPolicies, policiesMatching, policyOf, visiblePolicies } from './reads.ts'

const words = {
  maxMeetingsPerDay: 'The most meetings on one day, 0 to 100.',
  maxMeetingsPerWeek: 'The most meetings in one week, Monday to Sunday, 0 to 500.',
  bufferTimeMinutes: 'Minutes that are kept free between two meetings, 0 to 480.',
  isActive: 'Whether it is in force. One policy of a pastor is, at most.',
} as const

const SchedulingPolicy = builder.prismaNode('SchedulingPolicy', {
  description: "How many meetings a pastor takes, and when. One's own; an admin sees all and changes none.",
  needs: 'policies:read',
  select: { id: true },
  id: { field: 'id', description: 'The global id.' },
  findUnique: (id, context) => ({ id, AND: visiblePolicies(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  fields: (t) => ({
    owner: t.relation('owner', { description: 'Whose meetings it is about.' }),
    maxMeetingsPerDay: t.exposeInt('maxMeetingsPerDay', { description: words.maxMeetingsPerDay }),
    maxMeetingsPerWeek: t.exposeInt('maxMeetingsPerWeek', { description: words.maxMeetingsPerWeek }),
    bufferTimeMinutes: t.exposeInt('bufferTimeMinutes', { description: words.bufferTimeMinutes }),
    quietHours: t.field({
      type: QuietHours,
      nullable: true,
      description: 'When not to disturb. Null: nothing is said about it.',
      select: { quietHours: true },
      resolve: (policy) => quietHoursOf(policy.quietHours),
    }),
    workingHours: t.field({
      type: WorkingHours,
      nullable: true,
      description: 'When meetings may be. Null: nothing is said about it.',
      select: { workingHours: true },
      resolve: (policy) => workingHoursOf(policy.workingHours),
    }),
    isActive: t.exposeBoolean('isActive', { description: words.isActive }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
  }),
})

const SchedulingPolicyConnection = builder.connectionObject(
  { type: SchedulingPolicy, name: 'SchedulingPolicyConnection', description: 'A page of scheduling policies.' },
  { name: 'SchedulingPolicyEdge', description: 'One of scheduling policies, with its cursor.' },
)

const SchedulingPolicyFilter = builder.inputType('SchedulingPolicyFilter', {
  description: 'Narrows a list of scheduling policies. What is left out does not narrow.',
  fields: (t) => ({
    isActive: t.boolean({ description: 'Only those in force, or only those that are not.' }),
    ownerId: t.globalID({ for: [User], description: "The pastor's id." }),
  }),
})

builder.queryField('schedulingPolicies', (t) =>
  t.prismaConnection(
    {
      type: SchedulingPolicy,
      cursor: 'id',
      description: "One's own scheduling policies, newest first; all of them for an admin.",
      needs: 'policies:read',
      authScopes: { signedIn: true },
      args: { filter: t.arg({ type: SchedulingPolicyFilter, description: 'Narrows the list.' }) },
      totalCount: (_parent, { filter }, context) =>
        countPolicies(context.deps.database, policiesMatching(viewerOf(context), filterOf(filter))),
      resolve: async (query, _parent, args, context) => {
        checkPage(args)
        checkFilter(args.filter)
        const { database } = context.deps
        const viewer = viewerOf(context)
        await checkCursors(args, (id) => isVisiblePolicy(database, viewer, id))
        return listPolicies(database, policiesMatching(viewer, filterOf(args.filter)), query)
      },
    },
    SchedulingPolicyConnection,
  ),
)

/** A global id has been checked for its type by the time it comes here; only its own part is needed. */
function filterOf(filter: (typeof SchedulingPolicyFilter)['$inferInput'] | null | undefined) {
  return { ...filter, ownerId: filter?.ownerId?.id }
}

const CreateSchedulingPolicyInput = builder.inputType('CreateSchedulingPolicyInput', {
  description: "A policy for one's own meetings.",
  fields: (t) => ({
    maxMeetingsPerDay: t.int({ description: `${words.maxMeetingsPerDay} 8 unless said otherwise.` }),
    maxMeetingsPerWeek: t.int({ description: `${words.maxMeetingsPerWeek} 40 unless said otherwise.` }),
    bufferTimeMinutes: t.int({ description: `${words.bufferTimeMinutes} 15 unless said otherwise.` }),
    quietHours: t.field({ type: QuietHoursInput, description: 'When not to disturb.' }),
    workingHours: t.field({ type: WorkingHoursInput, description: 'When meetings may be.' }),
    isActive: t.boolean({ description: `${words.isActive} It is unless said otherwise.` }),
  }),
})

const ChangeSchedulingPolicyInput = builder.inputType('ChangeSchedulingPolicyInput', {
  description: 'What is to be different of a policy. What is left out stays as it is.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [SchedulingPolicy], description: "The policy's id." }),
    maxMeetingsPerDay: t.int({ description: words.maxMeetingsPerDay }),
    maxMeetingsPerWeek: t.int({ description: words.maxMeetingsPerWeek }),
    bufferTimeMinutes: t.int({ description: words.bufferTimeMinutes }),
    quietHours: t.field({ type: QuietHoursInput, description: 'When not to disturb; null takes them away.' }),
    workingHours: t.field({ type: WorkingHoursInput, description: 'When meetings may be; null takes them away.' }),
    isActive: t.boolean({ description: words.isActive }),
  }),
})

const DeleteSchedulingPolicyInput = builder.inputType('DeleteSchedulingPolicyInput', {
  description: 'Which policy goes.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [SchedulingPolicy], description: "The policy's id." }),
  }),
})

const policyPayload = (name: string, description: string) =>
  builder.objectRef<{ policyId: string }>(name).implement({
    description,
    fields: (t) => ({
      schedulingPolicy: t.prismaField({
        type: SchedulingPolicy,
        description: 'The policy, as it is now.',
        resolve: (query, { policyId }, _args, { deps }) => policyOf(deps.database, policyId, query),
      }),
    }),
  })

const CreateSchedulingPolicyPayload = policyPayload('CreateSchedulingPolicyPayload', 'A new policy.')
const ChangeSchedulingPolicyPayload = policyPayload('ChangeSchedulingPolicyPayload', 'A policy that has changed.')

const DeleteSchedulingPolicyPayload = builder
  .objectRef<{ policyId: string }>('DeleteSchedulingPolicyPayload')
  .implement({
    description: 'A policy that is gone.',
    fields: (t) => ({
      deletedId: t.globalID({
        description: 'The id that it had.',
        resolve: ({ policyId }) => ({ type: 'SchedulingPolicy', id: policyId }),
      }),
    }),
  })

/** Null says "none" of hours, and nothing of what always has a value. */
function given(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const mayBeNull = ['quietHours', 'workingHours']
  return Object.fromEntries(Object.entries(input).filter(([name, value]) => value !== null || mayBeNull.includes(name)))
}

builder.mutationFields((t) => ({
  createSchedulingPolicy: t.field({
    type: CreateSchedulingPolicyPayload,
    description:
      "Makes a policy for one's own meetings. Pastors only. Error BAD_USER_INPUT with `field`; CONFLICT where another one is in force.",
    needs: 'policies:write',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: CreateSchedulingPolicyInput, required: true, description: 'What it says.' }) },
    resolve: async (_parent, { input }, context) => ({
      policyId: await createSchedulingPolicy(context.deps, viewerOf(context), context.origin, given(input)),
    }),
  }),
  changeSchedulingPolicy: t.field({
    type: ChangeSchedulingPolicyPayload,
    description:
      "Changes one of one's own policies. Error BAD_USER_INPUT with `field`; CONFLICT where another one is in force; NOT_FOUND for another pastor's.",
    needs: 'policies:write',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: ChangeSchedulingPolicyInput, required: true, description: 'What is different.' }) },
    resolve: async (_parent, { input: { id, ...changes } }, context) => {
      await changeSchedulingPolicy(context.deps, viewerOf(context), context.origin, id.id, given(changes))
      return { policyId: id.id }
    },
  }),
  deleteSchedulingPolicy: t.field({
    type: DeleteSchedulingPolicyPayload,
    description: "Deletes one of one's own policies. Error NOT_FOUND for another pastor's.",
    needs: 'policies:write',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: DeleteSchedulingPolicyInput, required: true, description: 'Which one.' }) },
    resolve: async (_parent, { input }, context) => {
      await deleteSchedulingPolicy(context.deps, viewerOf(context), context.origin, input.id.id)
      return { policyId: input.id.id }
    },
  }),
}))
