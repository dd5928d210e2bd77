import { builder, type Context, checkFilter, listField, viewerOf } from '../../graphql/schema/builder.ts'
import { User } from '../users/graphql.ts'
import { changeSchedulingPolicy } from './change-scheduling-policy.ts'
import { createSchedulingPolicy } from './create-scheduling-policy.ts'
import { deleteSchedulingPolicy } from './delete-scheduling-policy.ts'
import { QuietHours, QuietHoursInput, WorkingHours, WorkingHoursInput } from './hours.graphql.ts'
import { quietHoursOf, workingHoursOf } from './model.ts'
import { policyList, policyOf, visiblePolicies } from './reads.ts'

const fieldDescriptions = {
  maxMeetingsPerDay: 'The maximum number of meetings per day, from 0 to 100.',
  maxMeetingsPerWeek: 'The maximum number of meetings per week, Monday to Sunday, from 0 to 500.',
  bufferTimeMinutes: 'The minutes kept free between two meetings, from 0 to 480.',
  isActive: 'Whether the policy is active. A pastor can have at most one active policy.',
} as const

const SchedulingPolicy = builder.prismaNode('SchedulingPolicy', {
  description:
    "How many meetings a pastor takes, and when. Pastors see their own policies. Admins see all policies and can't change them.",
  needs: 'policies:read',
  select: { id: true },
  id: { field: 'id', description: 'The global ID.' },
  findUnique: (id, context) => ({ id, AND: visiblePolicies(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  fields: (t) => ({
    owner: t.relation('owner', { description: 'The pastor whose meetings the policy covers.' }),
    maxMeetingsPerDay: t.exposeInt('maxMeetingsPerDay', { description: fieldDescriptions.maxMeetingsPerDay }),
    maxMeetingsPerWeek: t.exposeInt('maxMeetingsPerWeek', { description: fieldDescriptions.maxMeetingsPerWeek }),
    bufferTimeMinutes: t.exposeInt('bufferTimeMinutes', { description: fieldDescriptions.bufferTimeMinutes }),
    quietHours: t.field({
      type: QuietHours,
      nullable: true,
      description: 'The quiet hours. Null if the policy has none.',
      select: { quietHours: true },
      resolve: (policy) => quietHoursOf(policy.quietHours),
    }),
    workingHours: t.field({
      type: WorkingHours,
      nullable: true,
      description: 'The working hours. Null if the policy has none.',
      select: { workingHours: true },
      resolve: (policy) => workingHoursOf(policy.workingHours),
    }),
    isActive: t.exposeBoolean('isActive', { description: fieldDescriptions.isActive }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the policy was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the policy was last updated.' }),
  }),
})

const SchedulingPolicyConnection = builder.connectionObject(
  { type: SchedulingPolicy, name: 'SchedulingPolicyConnection', description: 'A connection of scheduling policies.' },
  { name: 'SchedulingPolicyEdge', description: 'An edge in a connection of scheduling policies.' },
)

const SchedulingPolicyFilter = builder.inputType('SchedulingPolicyFilter', {
  description: 'Filters scheduling policies. All conditions must match; omitted fields are ignored.',
  fields: (t) => ({
    isActive: t.boolean({ description: 'True for active policies, false for inactive ones.' }),
    ownerId: t.globalID({ for: [User], description: "The pastor's ID." }),
  }),
})

builder.queryField('schedulingPolicies', (t) =>
  t.connection(
    {
      type: SchedulingPolicy,
      description: 'Your scheduling policies, newest first. Admins get all policies.',
      needs: 'policies:read',
      authScopes: { signedIn: true },
      args: { filter: t.arg({ type: SchedulingPolicyFilter, description: 'Filters the list.' }) },
      ...listField('SchedulingPolicy', listed, { isPlanned: false }),
    },
    SchedulingPolicyConnection,
  ),
)

type ListArgs = Readonly<{ filter?: (typeof SchedulingPolicyFilter)['$inferInput'] | null | undefined }>

/** Global IDs were checked for their type when they were parsed; the query needs the plain ID. */
function listed({ filter }: ListArgs, context: Context) {
  checkFilter(filter)
  return policyList(viewerOf(context), { ...filter, ownerId: filter?.ownerId?.id })
}

const CreateSchedulingPolicyInput = builder.inputType('CreateSchedulingPolicyInput', {
  description: 'A policy for your own meetings.',
  fields: (t) => ({
    maxMeetingsPerDay: t.int({ description: `${fieldDescriptions.maxMeetingsPerDay} Defaults to 8.` }),
    maxMeetingsPerWeek: t.int({ description: `${fieldDescriptions.maxMeetingsPerWeek} Defaults to 40.` }),
    bufferTimeMinutes: t.int({ description: `${fieldDescriptions.bufferTimeMinutes} Defaults to 15.` }),
    quietHours: t.field({ type: QuietHoursInput, description: 'The quiet hours.' }),
    workingHours: t.field({ type: WorkingHoursInput, description: 'The working hours.' }),
    isActive: t.boolean({ description: `${fieldDescriptions.isActive} Defaults to true.` }),
  }),
})

const ChangeSchedulingPolicyInput = builder.inputType('ChangeSchedulingPolicyInput', {
  description: 'The properties of a policy to change. Omitted properties stay unchanged.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [SchedulingPolicy], description: "The policy's ID." }),
    maxMeetingsPerDay: t.int({ description: fieldDescriptions.maxMeetingsPerDay }),
    maxMeetingsPerWeek: t.int({ description: fieldDescriptions.maxMeetingsPerWeek }),
    bufferTimeMinutes: t.int({ description: fieldDescriptions.bufferTimeMinutes }),
    quietHours: t.field({ type: QuietHoursInput, description: 'The quiet hours. Null removes them.' }),
    workingHours: t.field({ type: WorkingHoursInput, description: 'The working hours. Null removes them.' }),
    isActive: t.boolean({ description: fieldDescriptions.isActive }),
  }),
})

const DeleteSchedulingPolicyInput = builder.inputType('DeleteSchedulingPolicyInput', {
  description: 'The policy to delete.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [SchedulingPolicy], description: "The policy's ID." }),
  }),
})

const policyPayload = (name: string, description: string) =>
  builder.objectRef<{ policyId: string }>(name).implement({
    description,
    fields: (t) => ({
      schedulingPolicy: t.prismaField({
        type: SchedulingPolicy,
        description: 'The policy in its current state.',
        resolve: (query, { policyId }, _args, { deps }) => policyOf(deps.database, policyId, query),
      }),
    }),
  })

const CreateSchedulingPolicyPayload = policyPayload('CreateSchedulingPolicyPayload', 'The new scheduling policy.')
const ChangeSchedulingPolicyPayload = policyPayload('ChangeSchedulingPolicyPayload', 'The updated scheduling policy.')

const DeleteSchedulingPolicyPayload = builder
  .objectRef<{ policyId: string }>('DeleteSchedulingPolicyPayload')
  .implement({
    description: 'The result of deleting a scheduling policy.',
    fields: (t) => ({
      deletedId: t.globalID({
        description: 'The ID of the deleted policy.',
        resolve: ({ policyId }) => ({ type: 'SchedulingPolicy', id: policyId }),
      }),
    }),
  })

/** Null clears hours; for all other fields it counts as omitted. */
function withoutNulls(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const mayBeNull = ['quietHours', 'workingHours']
  return Object.fromEntries(Object.entries(input).filter(([name, value]) => value !== null || mayBeNull.includes(name)))
}

builder.mutationFields((t) => ({
  createSchedulingPolicy: t.field({
    type: CreateSchedulingPolicyPayload,
    description:
      'Creates a policy for your own meetings. Pastors only. Errors: `BAD_USER_INPUT` with `field`; `CONFLICT` if another policy is active.',
    needs: 'policies:write',
    authScopes: { signedIn: true },
    args: {
      input: t.arg({
        type: CreateSchedulingPolicyInput,
        required: true,
        description: 'The properties of the new policy.',
      }),
    },
    resolve: async (_parent, { input }, context) => ({
      policyId: await createSchedulingPolicy(context.deps, viewerOf(context), context.origin, withoutNulls(input)),
    }),
  }),
  changeSchedulingPolicy: t.field({
    type: ChangeSchedulingPolicyPayload,
    description:
      'Changes one of your policies. Errors: `BAD_USER_INPUT` with `field`; `CONFLICT` if another policy is active; `NOT_FOUND` if the policy belongs to another pastor.',
    needs: 'policies:write',
    authScopes: { signedIn: true },
    args: {
      input: t.arg({ type: ChangeSchedulingPolicyInput, required: true, description: 'The properties to change.' }),
    },
    resolve: async (_parent, { input: { id, ...changes } }, context) => {
      await changeSchedulingPolicy(context.deps, viewerOf(context), context.origin, id.id, withoutNulls(changes))
      return { policyId: id.id }
    },
  }),
  deleteSchedulingPolicy: t.field({
    type: DeleteSchedulingPolicyPayload,
    description: 'Deletes one of your policies. Errors: `NOT_FOUND` if the policy belongs to another pastor.',
    needs: 'policies:write',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: DeleteSchedulingPolicyInput, required: true, description: 'The policy to delete.' }) },
    resolve: async (_parent, { input }, context) => {
      await deleteSchedulingPolicy(context.deps, viewerOf(context), context.origin, input.id.id)
      return { policyId: input.id.id }
    },
  }),
}))
