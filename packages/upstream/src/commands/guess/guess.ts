import { baseUrl, headerText } from '@reelay/contracts/environment'
import { reasonOf } from '../../answer/answer.ts'
import { isFields } from '../../answer/fields.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { hideKeys } from '../hide-keys.ts'
import { table } from '../table.ts'
import { guessDialect, isRefusal, type Seen } from './guess-dialect.ts'
import { askAround } from './probes.ts'

const TIMEOUT_MS = 15_000
const LONGEST_OUTLINE = 100

/** Names the built-in dialect that a server fits, or says that it is unsure, with what it saw. */
export const guess: Command = async ({ operands: [url = ''], options, environment, print }) => {
  const checked = baseUrl.safeParse(url)
  if (!checked.success)
    throw new CommandError(
      `URL ${checked.error.issues[0]?.message}, with its path prefix as in https://host/v1`,
    )
  const key = keyFrom(options.key, environment)
  const hide = hideKeys([key])
  const answers = await askAround({ baseUrl: url, key, timeoutMs: TIMEOUT_MS }).catch((error: unknown) => {
    throw new CommandError(hide(`URL can’t be reached: ${reasonOf(error)}`))
  })
  const rows = answers.map((seen) => rowOf(seen, hide))
  print(verdict(answers, key !== undefined))
  print('')
  print(hide(table(['key sent', 'asked for', 'status', 'answer'], rows)))
  return 0
}

function keyFrom(given: string | undefined, { SORA_API_KEY }: Record<string, string | undefined>) {
  const key = given === 'env' ? SORA_API_KEY?.trim() : given
  if (given === 'env' && !key)
    throw new CommandError('--key env needs the variable SORA_API_KEY, which is not set')
  if (key !== undefined && !headerText.min(1).safeParse(key).success)
    throw new CommandError('--key must be printable ASCII characters')
  return key
}

function verdict(answers: readonly Seen[], hasKey: boolean): string {
  const { dialect, candidates } = guessDialect(answers)
  if (dialect !== undefined) return dialect
  if (candidates.length === 0)
    return 'unsure: no built-in dialect fits all answers; see that URL ends with its path prefix, as in https://host/v1'
  const names = candidates.join(' or ')
  const isLetIn = answers.some((seen) => seen.probe === 'unknown' && !isRefusal(seen))
  if (isLetIn) return `unsure: it may be ${names}`
  return hasKey
    ? `unsure: it may be ${names}, but the key was not taken`
    : `unsure: it may be ${names}; a key that it takes would tell more (--key)`
}

function rowOf({ style, probe, status, body }: Seen, hide: (text: string) => string): string[] {
  const asked = probe === 'list' ? 'the list' : 'a video that can’t be'
  return [style, asked, String(status), hide(outlineOf(body)).slice(0, LONGEST_OUTLINE)]
}

/** The names in an answer, without what they hold. */
function outlineOf(body: unknown, levels = 2): string {
  if (Array.isArray(body)) return `[${body.length}]`
  if (!isFields(body)) return body === undefined ? 'no JSON' : typeof body
  const members = Object.entries(body).map(([name, value]) => {
    const isNested = levels > 1 && typeof value === 'object' && value !== null
    return isNested ? `${name}: ${outlineOf(value, levels - 1)}` : name
  })
  return `{${members.join(', ')}}`
}
