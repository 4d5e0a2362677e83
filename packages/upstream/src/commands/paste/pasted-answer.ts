import { CommandError } from '../command-error.ts'

export type Pasted = {
  head: { statusCode: number; headers: Record<string, string> }
  body: string
}

const statusLine = /^HTTP\/[\d.]+ +(\d{3})\b/

/**
 * Reads a body, or a head and a body as `curl -i` prints them. `status` is for a body alone, where it is not the usual
 * one. Throws CommandError where there is nothing to read.
 */
export function readPasted(
  text: string,
  { status, usual }: { status?: number | undefined; usual: number },
): Pasted {
  const { head, body } = splitHeads(text.replaceAll('\r\n', '\n').replace(/^\ufeff/, ''))
  if (!head && status === undefined && body.trim() === '')
    throw new CommandError('There must be an answer on stdin: a body, or what curl -i prints')
  const statusCode = status ?? (head ? Number(statusLine.exec(head)?.[1]) : usual)
  return { head: { statusCode, headers: headersOf(head) }, body }
}

/** A redirect that was followed, 100 Continue and proxies each have a head of their own: the last one counts. */
function splitHeads(text: string): { head?: string; body: string } {
  let rest = text.trimStart()
  let head: string | undefined
  while (statusLine.test(rest)) {
    const end = rest.indexOf('\n\n')
    head = end === -1 ? rest : rest.slice(0, end)
    rest = end === -1 ? '' : rest.slice(end + 2)
  }
  return head === undefined ? { body: text } : { head, body: rest }
}

function headersOf(head = ''): Record<string, string> {
  const lines = head.split('\n').slice(1)
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value = ''] = /^([^:\s]+):\s*(.*)$/.exec(line.trim()) ?? []
      return name === undefined ? [] : [[name.toLowerCase(), value]]
    }),
  )
}
