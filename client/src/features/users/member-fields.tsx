import { createSignal, type JSX, Show } from 'solid-js'
import type { Role } from '../../gql/graphql.ts'
import type { Problem } from '../../lib/problem.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { messageForField } from './model.ts'

/** The names of the fields below, as in the API. */
export const memberFields: readonly string[] = [
  'name',
  'email',
  'churchName',
  'role',
  'schedulingUsername',
  'calUserId',
  'schedulingLink',
  'bio',
]

/** The initial field values. */
export type FieldValues = Readonly<{
  name: string
  email: string
  churchName: string
  role: Role
  schedulingUsername: string
  schedulingLink: string
  bio: string
}>

/** The fields of an account, for inviting and editing. */
export function MemberFields(
  props: Readonly<{
    values: FieldValues
    problem: Problem | null
    isNew: boolean
    /** Users can't change their own role. */
    mayChangeRole: boolean
    /** Once the owner has a password, only they can change the address. */
    mayChangeEmail: boolean
  }>,
): JSX.Element {
  const [role, setRole] = createSignal(props.values.role)
  const error = (field: string) => messageForField(props.problem, field)
  return (
    <>
      <TextField
        label="Name"
        name="name"
        autocomplete="off"
        value={props.values.name}
        maxlength={255}
        error={error('name')}
        required
      />
      <TextField
        label="Email"
        name="email"
        type="email"
        autocomplete="off"
        value={props.values.email}
        maxlength={255}
        readOnly={!props.mayChangeEmail}
        hint={emailHint(props.isNew, props.mayChangeEmail)}
        error={error('email')}
        required
      />
      <TextField
        label="Church"
        name="churchName"
        autocomplete="off"
        value={props.values.churchName}
        maxlength={255}
        error={error('churchName')}
        required
      />
      <Show when={props.mayChangeRole}>
        <SelectField
          label="Role"
          name="role"
          value={role()}
          onChange={({ currentTarget: { value } }) => setRole(value === 'ADMIN' ? 'ADMIN' : 'PASTOR')}
          hint={
            role() === 'ADMIN'
              ? 'Looks after users and settings. Sees bookings redacted and opens none.'
              : 'Has bookings, and alone opens what is sealed in them.'
          }
          error={error('role')}
        >
          <option value="PASTOR">Pastor</option>
          <option value="ADMIN">Admin</option>
        </SelectField>
      </Show>
      <TextField
        label="Cal.com username"
        name="schedulingUsername"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={props.values.schedulingUsername}
        maxlength={255}
        hint={
          role() === 'PASTOR'
            ? 'Bookings find their pastor by it, by the email or by the Cal.com id.'
            : 'Only for somebody who takes bookings.'
        }
        error={error('schedulingUsername')}
        required={role() === 'PASTOR'}
      />
      <TextField
        label="Cal.com id, if known"
        name="calUserId"
        autocomplete="off"
        inputmode="numeric"
        maxlength={255}
        hint={props.isNew ? 'The number of the user in Cal.com.' : 'It is not shown. Left empty, it stays as it is.'}
        error={error('calUserId')}
      />
      <TextField
        label="Booking page, if any"
        name="schedulingLink"
        type="url"
        autocomplete="off"
        value={props.values.schedulingLink}
        maxlength={500}
        hint={props.isNew ? 'Left empty: the one at cal.com.' : undefined}
        error={error('schedulingLink')}
      />
      <Show when={!props.isNew}>
        <TextField
          label="About"
          name="bio"
          autocomplete="off"
          value={props.values.bio}
          maxlength={5000}
          error={error('bio')}
        />
      </Show>
    </>
  )
}

function emailHint(isNew: boolean, mayChangeEmail: boolean): string {
  if (isNew) return 'The invitation goes there. They sign in with it later.'
  return mayChangeEmail
    ? 'Corrected, it needs a new invitation: the old link stops working.'
    : 'It was theirs to confirm, and can’t be changed any more.'
}
