import { resolveCursorConnection } from '@pothos/plugin-relay'
import { builder, checkPage, viewerOf } from '../../graphql/builder.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { User } from '../users/graphql.ts'
import { deleteSystemSetting } from './delete-system-setting.ts'
import { UnknownSettingError } from './errors.ts'
import { cursorOf, keyOf, keysOnPage } from './page.model.ts'
import { previewRetention } from './preview-retention.ts'
import { findSetting, listSettings, type StoredSetting, setterOf } from './reads.ts'
import { definitionOf, isSettingKey, type SettingKey, settingKeys } from './registry.model.ts'
import { type Affected, countOf } from './retention.model.ts'
import { setSystemSetting } from './set-system-setting.ts'

const SystemSettingKind = builder.enumType('SystemSettingKind', {
  description: 'What the value of a setting is.',
  values: {
    WHOLE_NUMBER: { value: 'whole_number', description: 'A whole number from `least` to `most`.' },
    TEXT: { value: 'text', description: 'A text.' },
  } as const,
})

const SystemSetting = builder.objectRef<StoredSetting>('SystemSetting').implement({
  description: 'One of the settings of the whole church that can be changed while the server runs. Admins only.',
  needs: 'settings:read',
  authScopes: { admin: true },
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its name. The list of names is closed.' }),
    kind: t.field({
      type: SystemSettingKind,
      description: 'What its value is.',
      resolve: ({ key }) => definitionOf(key).kind,
    }),
    meaning: t.string({
      description: 'What it does, and what holds unless it is set.',
      resolve: ({ key }) => definitionOf(key).meaning,
    }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it is set to. Null unless set, and always where it is sealed: what goes in never comes out.',
      resolve: ({ value }) => value,
    }),
    defaultValue: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What holds unless it is set. Null: nothing does.',
      resolve: ({ key }) => definitionOf(key).unset,
    }),
    least: t.int({
      nullable: true,
      description: 'The smallest whole number that it can be.',
      resolve: ({ key }) => definitionOf(key).least,
    }),
    most: t.int({
      nullable: true,
      description: 'The greatest whole number that it can be.',
      resolve: ({ key }) => definitionOf(key).most,
    }),
    isSet: t.exposeBoolean('isSet', { description: 'Whether somebody has set it.' }),
    isEncrypted: t.boolean({
      description: 'Whether its value is sealed.',
      resolve: ({ key }) => definitionOf(key).isSealed,
    }),
    needsFreshSession: t.boolean({
      description:
        'Whether only a session whose password was checked within the last ten minutes can change it, and no API token.',
      resolve: ({ key }) => definitionOf(key).needsFreshSession,
    }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'Why it is set as it is, by whoever set it.',
    }),
    updatedBy: t.prismaField({
      type: User,
      nullable: true,
      description: 'Who set it last. Null unless set.',
      resolve: (query, { updatedBy }, _args, { deps }) =>
        updatedBy === null ? null : setterOf(deps.database, updatedBy, query),
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was set last. Null unless set.',
    }),
  }),
})

const SystemSettingConnection = builder.connectionObject(
  { type: SystemSetting, name: 'SystemSettingConnection', description: 'A page of system settings.' },
  { name: 'SystemSettingEdge', description: 'One of system settings, with its cursor.' },
)

builder.queryFields((t) => ({
  systemSettings: t.connection(
    {
      type: SystemSetting,
      description: 'Every setting there is, set or not, by its key. Admins only.',
      needs: 'settings:read',
      authScopes: { admin: true },
      resolve: async (_parent, args, { deps }) => {
        checkPage(args)
        const page = await resolveCursorConnection<Promise<StoredSetting[]>>(
          { args, toCursor: ({ key }) => cursorOf(key) },
          ({ after, before, limit, inverted }) => {
            const ends = { after: keyIn('after', after), before: keyIn('before', before) }
            return listSettings(deps.database, keysOnPage({ ...ends, limit, isFromEnd: inverted }))
          },
        )
        return { ...page, totalCount: settingKeys.length }
      },
    },
    SystemSettingConnection,
  ),
  systemSetting: t.field({
    type: SystemSetting,
    description: 'One setting. Admins only. Error BAD_USER_INPUT, naming those there are, for a key that is none.',
    needs: 'settings:read',
    authScopes: { admin: true },
    args: { key: t.arg.string({ required: true, description: 'Its name.' }) },
    resolve: (_parent, { key }, { deps }) => {
      if (!isSettingKey(key)) throw new UnknownSettingError()
      return findSetting(deps.database, key)
    },
  }),
}))

const RetentionPreview = builder.objectRef<Affected>('RetentionPreview').implement({
  description: 'How much of what is kept now a retention would affect.',
  fields: (t) => ({
    total: t.int({ description: 'All of them together, to send as `confirmedCount`.', resolve: countOf }),
    bookings: t.exposeInt('bookings', {
      description: 'The bookings whose people or answers the next run would delete.',
    }),
    deliveries: t.exposeInt('deliveries', { description: 'The webhook deliveries that the next run would delete.' }),
    summaries: t.exposeInt('summaries', { description: 'The summaries that would expire sooner, or at once.' }),
    auditMonths: t.exposeInt('auditMonths', {
      description: 'The months of the audit log that the next run would delete.',
    }),
  }),
})

builder.queryField('retentionPreview', (t) =>
  t.field({
    type: RetentionPreview,
    description:
      'How much of what is kept now a retention would affect if it were set to a value. Nothing is changed. Admins only, signed in. Error BAD_USER_INPUT for a setting that is no retention, or a value that it can’t have.',
    needs: 'session',
    authScopes: { admin: true },
    args: {
      key: t.arg.string({ required: true, description: 'The key of the setting, such as `people.retentionDays`.' }),
      value: t.arg.int({ description: 'The days, or months, to preview. Null or left out: the default.' }),
    },
    resolve: (_parent, asked, { deps }) => previewRetention(deps, asked),
  }),
)

function keyIn(argument: 'after' | 'before', cursor: string | undefined): SettingKey | null {
  if (cursor === undefined) return null
  const key = keyOf(cursor)
  if (key === null) throw new BadUserInputError(argument, 'This is no cursor of this list.')
  return key
}

const SetSystemSettingInput = builder.inputType('SetSystemSettingInput', {
  description: 'A setting and what it is to be.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Its name, one of `systemSettings`.' }),
    value: t.field({
      type: 'JSON',
      required: true,
      description: 'What it is to be; see its `kind`, `least` and `most`.',
    }),
    description: t.string({ description: 'Why, in at most 1000 characters. Left out: as it was. Null: nothing.' }),
    isEncrypted: t.boolean({
      description:
        'Whether it is sealed. That is no matter of choice: left out it is right, and another value is refused.',
    }),
    confirmedCount: t.int({
      description:
        'For a shorter retention: how many things that are kept now it may affect, as `retentionPreview` or the error CONFIRMATION_REQUIRED says.',
    }),
  }),
})

const DeleteSystemSettingInput = builder.inputType('DeleteSystemSettingInput', {
  description: 'A setting that is no longer to be set.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Its name.' }),
    confirmedCount: t.int({
      description:
        'For a shorter retention: how many things that are kept now it may affect, as `retentionPreview` or the error CONFIRMATION_REQUIRED says.',
    }),
  }),
})

const settingPayload = (name: string, description: string) =>
  builder.objectRef<{ key: SettingKey }>(name).implement({
    description,
    fields: (t) => ({
      systemSetting: t.field({
        type: SystemSetting,
        description: 'The setting, as it is now.',
        resolve: ({ key }, _args, { deps }) => findSetting(deps.database, key),
      }),
    }),
  })

const SetSystemSettingPayload = settingPayload('SetSystemSettingPayload', 'A setting that was set.')
const DeleteSystemSettingPayload = settingPayload('DeleteSystemSettingPayload', 'A setting that is no longer set.')

builder.mutationFields((t) => ({
  setSystemSetting: t.field({
    type: SetSystemSettingPayload,
    description:
      'Sets one of `systemSettings`, on every node at once. Admins only. For a setting with `needsFreshSession`, error PASSWORD_REQUIRED unless the password was checked within the last ten minutes, and FORBIDDEN for an API token. Error BAD_USER_INPUT with `field`: `key`, naming the settings there are, or `value`, saying what it can be. Error CONFIRMATION_REQUIRED for a shorter retention that affects more than `confirmedCount`.',
    needs: 'settings:write',
    authScopes: { admin: true },
    args: { input: t.arg({ type: SetSystemSettingInput, required: true, description: 'Which one, and what to.' }) },
    resolve: async (_parent, { input }, context) => ({
      key: await setSystemSetting(context.deps, viewerOf(context), context.origin, input),
    }),
  }),
  deleteSystemSetting: t.field({
    type: DeleteSystemSettingPayload,
    description:
      'Takes a setting back, so that its default holds. Admins only. Done twice is no error. Errors PASSWORD_REQUIRED and FORBIDDEN as of setSystemSetting. Error CONFIRMATION_REQUIRED where the default is a shorter retention that affects more than `confirmedCount`.',
    needs: 'settings:write',
    authScopes: { admin: true },
    args: { input: t.arg({ type: DeleteSystemSettingInput, required: true, description: 'Which one.' }) },
    resolve: async (_parent, { input }, context) => ({
      key: await deleteSystemSetting(context.deps, viewerOf(context), context.origin, input),
    }),
  }),
}))
