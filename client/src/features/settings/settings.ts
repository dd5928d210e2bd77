import { useClient } from '@urql/solid'
import { type Accessor, createSignal } from 'solid-js'
import {
  DeleteSettingDocument,
  RetentionPreviewDocument,
  SetSettingDocument,
  type SetSystemSettingInput,
  SettingsDocument,
} from '../../gql/graphql.ts'
import { createPages, type Pages } from '../../lib/pages.ts'
import { type Problem, problemOf, unreachable } from '../../lib/problem.ts'
import { send } from '../../lib/send.ts'
import { type Affected, isRetention, noneAffected, type Setting } from './model.ts'

/** All settings, and functions to change them; each returns the problem or null. */
export type Settings = Pages<Setting> &
  Readonly<{
    /** Warnings about the server's configuration. */
    warnings: Accessor<readonly string[]>
    /** How many records a value affects; null is the default. Zero for settings other than retention. */
    preview: (setting: Setting, value: unknown) => Promise<Readonly<{ affected: Affected } | { problem: Problem }>>
    set: (input: SetSystemSettingInput) => Promise<Problem | null>
    reset: (setting: Setting, confirmation?: Readonly<{ confirmedCount?: number }>) => Promise<Problem | null>
  }>

/** The church's settings. */
export function createSettings(): Settings {
  const client = useClient()
  const [warnings, setWarnings] = createSignal<readonly string[]>([])
  const pages = createPages(
    () => null,
    async () => {
      const { data, error } = await client.query(SettingsDocument, {}).toPromise()
      if (data) setWarnings(data.serverWarnings.map(({ message }) => message))
      return { ...(data && { page: data.systemSettings }), ...(error && { error }) }
    },
  )
  const show = (changed: Setting) => {
    pages.edit((rows) => rows.map((row) => (row.key === changed.key ? changed : row)))
    return null
  }
  return {
    ...pages,
    warnings,
    preview: async (setting, value) => {
      // An invalid number is refused when saving, with the valid range.
      if (!isRetention(setting) || (value !== null && typeof value !== 'number')) return { affected: noneAffected }
      const { data, error } = await client.query(RetentionPreviewDocument, { key: setting.key, value }).toPromise()
      if (data) return { affected: data.retentionPreview }
      return { problem: error ? problemOf(error) : unreachable }
    },
    set: async (input) => {
      const sent = await send(client, SetSettingDocument, { input })
      return 'problem' in sent ? sent.problem : show(sent.answer.setSystemSetting.systemSetting)
    },
    reset: async ({ key }, confirmation) => {
      const sent = await send(client, DeleteSettingDocument, { input: { key, ...confirmation } })
      return 'problem' in sent ? sent.problem : show(sent.answer.deleteSystemSetting.systemSetting)
    },
  }
}
