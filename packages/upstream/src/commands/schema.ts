import { dialectJsonSchema } from '../dialect/read-dialect.ts'
import type { Command } from './command.ts'

export const schema: Command = ({ print }) => {
  print(schemaText())
  return 0
}

export function schemaText(): string {
  return JSON.stringify(dialectJsonSchema(), null, 2)
}
