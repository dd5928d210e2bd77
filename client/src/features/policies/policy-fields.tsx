import { For, type JSX } from 'solid-js'
import { type Problem, problemOfField } from '../../lib/problem.ts'
import { CheckField, SelectField, TextField } from '../../ui/field.tsx'
import { isWeekday, type PolicyValues, weekdayLabels, zonesWith } from './model.ts'

/** Fields that display their own errors. */
export const policyFields: readonly string[] = [
  'maxMeetingsPerDay',
  'maxMeetingsPerWeek',
  'bufferTimeMinutes',
  'workingHours.start',
  'workingHours.end',
  'workingHours.days',
  'workingHours.timezone',
  'quietHours.start',
  'quietHours.end',
  'quietHours.timezone',
]

type FieldsProps = Readonly<{ values: PolicyValues; problem: Problem | null }>

/** The limits on the number of meetings. */
export function LimitFields(props: FieldsProps): JSX.Element {
  const error = (name: string) => problemOfField(props.problem, name)
  return (
    <div class="grid gap-4 sm:grid-cols-3">
      <NumberField
        label="Maximum meetings per day"
        name="maxMeetingsPerDay"
        value={props.values.maxMeetingsPerDay}
        max={100}
        error={error('maxMeetingsPerDay')}
      />
      <NumberField
        label="Maximum meetings per week"
        name="maxMeetingsPerWeek"
        value={props.values.maxMeetingsPerWeek}
        max={500}
        error={error('maxMeetingsPerWeek')}
      />
      <NumberField
        label="Minutes between meetings"
        name="bufferTimeMinutes"
        value={props.values.bufferTimeMinutes}
        max={480}
        error={error('bufferTimeMinutes')}
      />
    </div>
  )
}

function NumberField(
  props: Readonly<{ label: string; name: string; value: number; max: number; error: string | null }>,
): JSX.Element {
  return (
    <TextField
      label={props.label}
      name={props.name}
      type="number"
      inputmode="numeric"
      min={0}
      max={props.max}
      step="1"
      value={props.value}
      error={props.error}
      required
    />
  )
}

/** Working hours and quiet hours. */
export function HoursFields(props: FieldsProps): JSX.Element {
  const error = (name: string) => problemOfField(props.problem, name)
  return (
    <div class="grid gap-6">
      <fieldset class="min-w-0">
        <legend class="font-medium">Working hours</legend>
        <CheckField
          name="workingHours.enabled"
          value="on"
          checked={props.values.working.enabled}
          label="Only allow meetings in these hours"
        />
        <TimeRange
          name="workingHours"
          start={props.values.working.start}
          end={props.values.working.end}
          problem={props.problem}
        />
        <div class="mt-2 grid grid-cols-2 sm:grid-cols-4">
          <For each={Object.entries(weekdayLabels)}>
            {([day, label]) => (
              <CheckField
                name="workingHours.days"
                value={day}
                checked={isWeekday(day) && props.values.working.days.includes(day)}
                label={label}
              />
            )}
          </For>
        </div>
        <p role="alert" class="mt-1 text-alert text-caption empty:hidden">
          {error('workingHours.days')}
        </p>
      </fieldset>
      <fieldset class="min-w-0">
        <legend class="font-medium">Quiet hours</legend>
        <CheckField
          name="quietHours.enabled"
          value="on"
          checked={props.values.quiet.enabled}
          label="No reminders in these hours"
        />
        <TimeRange
          name="quietHours"
          start={props.values.quiet.start}
          end={props.values.quiet.end}
          hint="They can span midnight."
          problem={props.problem}
        />
      </fieldset>
      <SelectField
        label="Time zone"
        name="timezone"
        error={error('workingHours.timezone') ?? error('quietHours.timezone')}
      >
        <For each={zonesWith(props.values.timezone)}>
          {(zone) => (
            <option value={zone} selected={zone === props.values.timezone}>
              {zone.replaceAll('_', ' ')}
            </option>
          )}
        </For>
      </SelectField>
    </div>
  )
}

function TimeRange(
  props: Readonly<{ name: string; start: string; end: string; hint?: string; problem: Problem | null }>,
): JSX.Element {
  const errorOf = (side: string) => problemOfField(props.problem, `${props.name}.${side}`)
  return (
    <div class="grid grid-cols-2 gap-4">
      <TextField
        label="From"
        name={`${props.name}.start`}
        type="time"
        value={props.start}
        error={errorOf('start')}
        required
      />
      <TextField
        label="To"
        name={`${props.name}.end`}
        type="time"
        value={props.end}
        hint={props.hint}
        error={errorOf('end')}
        required
      />
    </div>
  )
}
