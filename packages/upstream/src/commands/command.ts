export type Run = {
  operands: readonly string[]
  options: { key?: string | undefined; status?: string | undefined }
  environment: Readonly<Record<string, string | undefined>>
  print: (text: string) => void
  readInput: () => Promise<string>
}

/** Returns the exit status. Throws CommandError for what the operator can mend. */
export type Command = (run: Run) => Promise<number> | number
