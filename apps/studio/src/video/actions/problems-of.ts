import { fieldProblems } from '../../data/problem.ts'

/** What an answer says is wrong, by field; `other` where no field here is to blame. */
export type Problems<Field extends string> = Partial<Record<Field | 'other', string>>

export function problemsOf<Field extends string>(
  error: unknown,
  fields: readonly Field[],
  message: string,
): Problems<Field> {
  if (!error) return {}
  const told = Object.entries(fieldProblems(error))
  const here = told.filter(([field]) => fields.some((each) => each === field))
  const elsewhere = told.filter((each) => !here.includes(each)).map((each) => each.join(' '))
  const other = here.length === 0 || elsewhere.length > 0 ? [message, ...elsewhere].join(': ') : undefined
  return { ...Object.fromEntries(here), ...(other && { other }) } as Problems<Field>
}
