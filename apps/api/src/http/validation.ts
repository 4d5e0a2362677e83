import { problemOf, problems } from '@reelay/contracts/problems'
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { ApiError, type FieldProblem } from './errors.ts'

/** Checks what a request carries against the schema of its route. What is wrong is told in our words, never zod’s. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart = 'request' }) => {
  return (data: unknown) => {
    const parsed = schema.safeParse(data, { reportInput: true })
    if (parsed.success) return { value: parsed.data }
    const found = parsed.error.issues.flatMap((issue) => problemsOf(issue, httpPart))
    return { error: new ApiError('invalid_request', undefined, found) }
  }
}

function problemsOf(issue: z.core.$ZodIssue, part: string): FieldProblem[] {
  const field = issue.path.join('.')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      problem: problems.unknownField,
    }))
  // Fastify says null where there is none.
  if (field === '' && issue.input === null) return [{ field: part, problem: problems.required }]
  if (part === 'querystring' && Array.isArray(issue.input)) return [{ field, problem: problems.givenTwice }]
  return [{ field: field || part, problem: problemOf(issue) }]
}
