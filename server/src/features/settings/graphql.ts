import { builder, orderOf, resolveConnection, viewerOf } from '../../graphql/schema/builder.ts'
import { User } from '../users/graphql.ts'
import { deleteSystemSetting } from './delete-system-setting.ts'
import { UnknownSettingError } from './errors.ts'
import { keyOf, keysOnPage } from './page.model.ts'
import { previewRetention, type RetentionPreviewResult } from './preview-retention.ts'
import { findSetting, listSettings, type StoredSetting, setterOf } from './reads.ts'
import { definitionOf, isSettingKey, type SettingKey, settingKeys } from './registry.model.ts'
import { setSystemSetting } from './set-system-setting.ts'

const SystemSettingKind = builder.enumType('SystemSettingKind', {
  description: "The type of a setting's value.",
  values: {
    WHOLE_NUMBER: { value: 'whole_number', description: 'A whole number from `least` to `most`.' },
    TEXT: { value: 'text', description: 'A string.' },
  } as const,
})

const SystemSetting = builder.objectRef<StoredSetting>('SystemSetting').implement({
  description: 'A setting of the whole church that can be changed while the server runs. Admins only.',
  needs: 'settings:read',
  authScopes: { admin: true },
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The name of the setting, from a fixed list.' }),
    kind: t.field({
      type: SystemSettingKind,
      description: 'The type of the value.',
      resolve: ({ key }) => definitionOf(key).kind,
    }),
    meaning: t.string({
      description: 'What the setting does, and its default.',
      resolve: ({ key }) => definitionOf(key).meaning,
    }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The value. Null if none is set, and always null for an encrypted setting: encrypted values are never returned.',
      resolve: ({ value }) => value,
    }),
    defaultValue: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The default value. Null if there is none.',
      resolve: ({ key }) => definitionOf(key).defaultValue,
    }),
    least: t.int({
      nullable: true,
      description: 'The minimum of a whole number.',
      resolve: ({ key }) => definitionOf(key).minimum,
    }),
    most: t.int({
      nullable: true,
      description: 'The maximum of a whole number.',
      resolve: ({ key }) => definitionOf(key).maximum,
    }),
    isSet: t.exposeBoolean('isSet', { description: 'Whether a value is set.' }),
    isEncrypted: t.boolean({
      description: 'Whether the value is encrypted.',
      resolve: ({ key }) => definitionOf(key).isEncrypted,
    }),
    needsFreshSession: t.boolean({
      description:
        'Whether only a session whose password was checked within the last ten minutes can change it, and no API token.',
      resolve: ({ key }) => definitionOf(key).needsFreshSession,
    }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'The reason for the value, given by the person who set it.',
    }),
    updatedBy: t.prismaField({
      type: User,
      nullable: true,
      description: 'The user who last set the value. Null if none is set.',
      resolve: (query, { updatedBy }, _args, { deps }) =>
        updatedBy === null ? null : setterOf(deps.database, updatedBy, query),
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the value was last set. Null if none is set.',
    }),
  }),
})

const SystemSettingConnection = builder.connectionObject(
  { type: SystemSetting, name: 'SystemSettingConnection', description: 'A connection of system settings.' },
  { name: 'SystemSettingEdge', description: 'An edge in a connection of system settings.' },
)

const byKey = orderOf('SystemSetting', [{ key: 'asc' }])

builder.queryFields((t) => ({
  systemSettings: t.connection(
    {
      type: SystemSetting,
      description: 'All settings, whether set or not, ordered by key. Admins only.',
      needs: 'settings:read',
      authScopes: { admin: true },
      resolve: async (_parent, args, context, info) => {
        const { database } = context.deps
        const page = await resolveConnection({ args, context, info, order: byKey }, ({ after, before, ...request }) =>
          listSettings(database, keysOnPage({ ...request, after: keyOf(after), before: keyOf(before) })),
        )
        return { ...page, totalCount: settingKeys.length }
      },
    },
    SystemSettingConnection,
  ),
  systemSetting: t.field({
    type: SystemSetting,
    description:
      'Fetches a setting by name. Admins only. Errors: `BAD_USER_INPUT` for an unknown name, with a list of the known ones.',
    needs: 'settings:read',
    authScopes: { admin: true },
    args: { key: t.arg.string({ required: true, description: 'The name of the setting.' }) },
    resolve: (_parent, { key }, { deps }) => {
      if (!isSettingKey(key)) throw new UnknownSettingError()
      return findSetting(deps.database, key)
    },
  }),
}))

const RetentionPreview = builder.objectRef<RetentionPreviewResult>('RetentionPreview').implement({
  description: 'The number of existing objects that a retention period would affect.',
  fields: (t) => ({
    total: t.exposeInt('total', {
      description: 'The total number of affected objects, to send as `confirmedCount`.',
    }),
    bookings: t.exposeInt('bookings', {
      description: 'The number of bookings whose people or answers the next run would delete.',
    }),
    deliveries: t.exposeInt('deliveries', {
      description: 'The number of webhook deliveries that the next run would delete.',
    }),
    summaries: t.exposeInt('summaries', {
      description: 'The number of summaries that would expire sooner, or at once.',
    }),
    auditMonths: t.exposeInt('auditMonths', {
      description: 'The number of months of the audit log that the next run would delete.',
    }),
  }),
})

builder.queryField('retentionPreview', (t) =>
  t.field({
    type: RetentionPreview,
    description:
      'Previews how many existing objects a retention period would affect. Changes nothing. Signed-in admins only, no API tokens. Errors: `BAD_USER_INPUT` if the setting is not a retention period, or the value is not accepted.',
    needs: 'session',
    authScopes: { admin: true },
    args: {
      key: t.arg.string({ required: true, description: 'The name of the setting, such as `people.retentionDays`.' }),
      value: t.arg.int({
        description: 'The number of days or months to preview. Defaults to the default of the setting.',
      }),
    },
    resolve: (_parent, asked, { deps }) => previewRetention(deps, asked),
  }),
)

const SetSystemSettingInput = builder.inputType('SetSystemSettingInput', {
  description: 'A setting and its new value.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'The name of the setting, one of `systemSettings`.' }),
    value: t.field({
      type: 'JSON',
      required: true,
      description: 'The new value. See `kind`, `least` and `most` of the setting.',
    }),
    description: t.string({
      description: 'The reason, in at most 1,000 characters. If omitted, it stays unchanged; null removes it.',
    }),
    isEncrypted: t.boolean({
      description:
        'Whether the value is encrypted. This depends on the setting, so omit it; any other value is refused.',
    }),
    confirmedCount: t.int({
      description:
        'For a shorter retention period: the number of existing objects it may affect, from `retentionPreview` or the error `CONFIRMATION_REQUIRED`.',
    }),
  }),
})

const DeleteSystemSettingInput = builder.inputType('DeleteSystemSettingInput', {
  description: 'The setting to reset.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'The name of the setting.' }),
    confirmedCount: t.int({
      description:
        'For a shorter retention period: the number of existing objects it may affect, from `retentionPreview` or the error `CONFIRMATION_REQUIRED`.',
    }),
  }),
})

const settingPayload = (name: string, description: string) =>
  builder.objectRef<{ key: SettingKey }>(name).implement({
    description,
    fields: (t) => ({
      systemSetting: t.field({
        type: SystemSetting,
        description: 'The setting in its current state.',
        resolve: ({ key }, _args, { deps }) => findSetting(deps.database, key),
      }),
    }),
  })

const SetSystemSettingPayload = settingPayload('SetSystemSettingPayload', 'The result of setting a value.')
const DeleteSystemSettingPayload = settingPayload('DeleteSystemSettingPayload', 'The result of resetting a setting.')

builder.mutationFields((t) => ({
  setSystemSetting: t.field({
    type: SetSystemSettingPayload,
    description:
      'Sets one of `systemSettings`, on every node at once. Admins only. Errors: `BAD_USER_INPUT` with `field`: `key`, listing the known settings, or `value`, describing the accepted values. For a setting with `needsFreshSession`: `PASSWORD_REQUIRED` unless the password was checked within the last ten minutes; `FORBIDDEN` for an API token. `CONFIRMATION_REQUIRED` if a shorter retention period affects more than `confirmedCount` objects.',
    needs: 'settings:write',
    authScopes: { admin: true },
    args: {
      input: t.arg({ type: SetSystemSettingInput, required: true, description: 'The setting and its new value.' }),
    },
    resolve: async (_parent, { input }, context) => ({
      key: await setSystemSetting(context.deps, viewerOf(context), context.origin, input),
    }),
  }),
  deleteSystemSetting: t.field({
    type: DeleteSystemSettingPayload,
    description:
      'Resets a setting to its default. Admins only. Resetting it twice is not an error. Errors: `PASSWORD_REQUIRED` and `FORBIDDEN`, as for `setSystemSetting`; `CONFIRMATION_REQUIRED` if the default is a shorter retention period that affects more than `confirmedCount` objects.',
    needs: 'settings:write',
    authScopes: { admin: true },
    args: { input: t.arg({ type: DeleteSystemSettingInput, required: true, description: 'The setting to reset.' }) },
    resolve: async (_parent, { input }, context) => ({
      key: await deleteSystemSetting(context.deps, viewerOf(context), context.origin, input),
    }),
  }),
}))
