import { useClient } from '@urql/solid'
import { type Accessor, createSignal } from 'solid-js'
import {
  DeleteSettingDocument,
  SetSettingDocument,
  type SetSystemSettingInput,
  SettingsDocument,
} from '../../gql/graphql.ts'
import { createPages, type Pages } from '../../lib/pages.ts'
import type { Problem } from '../../lib/problem.ts'
import { send } from '../../lib/send.ts'
import type { Setting } from './model.ts'

/** Every setting there is, and the ways to change one; each returns what was wrong, or null. */
export type Settings = Pages<Setting> &
  Readonly<{
    /** What is wrong with how the server is set up, in words. */
    warnings: Accessor<readonly string[]>
    set: (input: SetSystemSettingInput) => Promise<Problem | null>
    takeBack: (setting: Setting, confirmation?: Readonly<{ confirmedCount?: number }>) => Promise<Problem | null>
  }>

/** The settings of the church. */
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
    set: async (input) => {
      const sent = await send(client, SetSettingDocument, { input })
      return 'problem' in sent ? sent.problem : show(sent.answer.setSystemSetting.systemSetting)
    },
    takeBack: async ({ key }, confirmation) => {
      const sent = await send(client, DeleteSettingDocument, { input: { key, ...confirmation } })
      return 'problem' in sent ? sent.problem : show(sent.answer.deleteSystemSetting.systemSetting)
    },
  }
}
