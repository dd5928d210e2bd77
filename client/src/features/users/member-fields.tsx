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
              ? 'Manages users and settings. Sees redacted bookings and can’t open any.'
              : 'Has bookings. Only they can open the encrypted content.'
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
          role() === 'PASTOR' ? 'Used to assign bookings, as are the email and the Cal.com ID.' : 'Only for pastors.'
        }
        error={error('schedulingUsername')}
        required={role() === 'PASTOR'}
      />
      <TextField
        label="Cal.com ID, if known"
        name="calUserId"
        autocomplete="off"
        inputmode="numeric"
        maxlength={255}
        hint={
          props.isNew ? 'The user’s numeric ID in Cal.com.' : 'It isn’t shown. Leave it empty to keep the current one.'
        }
        error={error('calUserId')}
      />
      <TextField
        label="Booking page, if any"
        name="schedulingLink"
        type="url"
        autocomplete="off"
        value={props.values.schedulingLink}
        maxlength={500}
        hint={props.isNew ? 'Leave it empty to use the one at cal.com.' : undefined}
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
  if (isNew) return 'The invitation is sent to this address. They sign in with it later.'
  return mayChangeEmail
    ? 'If you correct it, send a new invitation: the old link stops working.'
    : 'They have confirmed it, so it can no longer be changed.'
}
