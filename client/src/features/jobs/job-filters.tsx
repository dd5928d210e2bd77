import { For, type JSX } from 'solid-js'
import { SelectField } from '../../ui/field.tsx'
import { isJobType, isStatus, type JobChoice, jobLabels, statusLabels } from './model.ts'

/** The filters above the list of jobs. */
export function JobFilters(props: Readonly<{ choice: JobChoice; onChange: (choice: JobChoice) => void }>): JSX.Element {
  return (
    <search class="grid gap-3 sm:grid-cols-2">
      <SelectField
        label="Status"
        value={props.choice.status}
        onChange={({ currentTarget: { value } }) =>
          props.onChange({ ...props.choice, status: isStatus(value) ? value : 'all' })
        }
      >
        <option value="all">All</option>
        <For each={Object.entries(statusLabels)}>{([status, label]) => <option value={status}>{label}</option>}</For>
      </SelectField>
      <SelectField
        label="Type"
        value={props.choice.jobType}
        onChange={({ currentTarget: { value } }) =>
          props.onChange({ ...props.choice, jobType: isJobType(value) ? value : 'all' })
        }
      >
        <option value="all">All</option>
        <For each={Object.entries(jobLabels)}>{([jobType, label]) => <option value={jobType}>{label}</option>}</For>
      </SelectField>
    </search>
  )
}
