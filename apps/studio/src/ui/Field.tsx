import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'
import { useTexts } from '../i18n/texts.ts'
import './field.css'

export type Described = { id: string; 'aria-describedby': string; 'aria-invalid': boolean }

type FieldProps = {
  label: string
  hint?: string | undefined
  problem?: string | undefined
  optional?: boolean
  /** Draws the control; what it gets ties the control to its label, hint and problem. */
  children: (described: Described) => ComponentChildren
}

/** A control with its label, its hint, and what is wrong with it. */
export function Field({ label, hint, problem, optional = false, children }: FieldProps) {
  const texts = useTexts()
  const id = useId()
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label} {optional && <span class="field-note">({texts.optional})</span>}
      </label>
      {children({
        id,
        'aria-describedby': `${id}-hint ${id}-problem`,
        'aria-invalid': problem !== undefined,
      })}
      <p class="field-problem" id={`${id}-problem`} role="alert" hidden={problem === undefined}>
        {problem}
      </p>
      <p class="field-note" id={`${id}-hint`} hidden={hint === undefined}>
        {hint}
      </p>
    </div>
  )
}

type InputFieldProps = Omit<FieldProps, 'children'> & { input: Omit<JSX.IntrinsicElements['input'], 'id'> }

export function InputField({ input, ...field }: InputFieldProps) {
  return <Field {...field}>{(described) => <input {...input} {...described} class="input" />}</Field>
}
