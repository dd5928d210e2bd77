import { type JSX, onCleanup } from 'solid-js'
import { SelectField, TextField } from '../../ui/field.tsx'
import type { MemberChoice } from './model.ts'

const typingPauseMs = 300

/** The filters above the list of users. The search is debounced. */
export function MemberFilters(
  props: Readonly<{ choice: MemberChoice; onChange: (choice: MemberChoice) => void }>,
): JSX.Element {
  let pause: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(pause))
  const search = (text: string) => {
    clearTimeout(pause)
    pause = setTimeout(() => props.onChange({ ...props.choice, search: text }), typingPauseMs)
  }
  return (
    <search class="grid grid-cols-2 gap-3 sm:grid-cols-[1fr_10rem_10rem]">
      <div class="col-span-2 sm:col-span-1">
        <TextField
          label="Find"
          type="search"
          placeholder="Name, address or church"
          maxlength={100}
          onInput={({ currentTarget: { value } }) => search(value)}
        />
      </div>
      <SelectField
        label="Role"
        value={props.choice.role}
        onChange={({ currentTarget: { value } }) =>
          props.onChange({ ...props.choice, role: value === 'PASTOR' || value === 'ADMIN' ? value : 'all' })
        }
      >
        <option value="all">All</option>
        <option value="PASTOR">Pastors</option>
        <option value="ADMIN">Admins</option>
      </SelectField>
      <SelectField
        label="Access"
        value={props.choice.access}
        onChange={({ currentTarget: { value } }) =>
          props.onChange({ ...props.choice, access: value === 'in' || value === 'out' ? value : 'all' })
        }
      >
        <option value="all">All</option>
        <option value="in">Can sign in</option>
        <option value="out">Can’t sign in</option>
      </SelectField>
    </search>
  )
}
