/** Where an error came from. Its message may carry a prompt, and so could anything that merely looks like a stack line. */
export function stackWithoutMessage(error: Error): string | undefined {
  const head = String(error)
  return error.stack?.startsWith(head) ? error.stack.slice(head.length) : undefined
}
