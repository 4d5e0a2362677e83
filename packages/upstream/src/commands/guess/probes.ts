import { readDialect } from '../../dialect/read-dialect.ts'
import { createEndpoint, pathOf } from '../../endpoint.ts'
import { openReader } from '../../requests/reader.ts'
import { isRefusal, type Seen } from './guess-dialect.ts'
import { type KeyStyle, keyStyles } from './portraits.ts'

export const IMPOSSIBLE_ID = 'reelay_no_such_video'

const KEEP_BYTES = 4 * 1024 * 1024
const LIST = '/videos?limit=20&order=desc'

export type Asked = { baseUrl: string; key?: string | undefined; timeoutMs: number }

/** Asks for a video that can't be there and for the list: without a key, then with it in each way of sending one. */
export async function askAround({ key, ...asked }: Asked): Promise<Seen[]> {
  const open = await ask('none', '', ['unknown', 'list'], asked)
  const isOpen = open.some((seen) => seen.probe === 'unknown' && !isRefusal(seen))
  if (key === undefined || isOpen) return open
  const answers = open
  let hasList = false
  for (const style of keyStyles.filter((each) => each !== 'none')) {
    const [unknown] = await ask(style, key, ['unknown'], asked)
    if (unknown) answers.push(unknown)
    if (unknown && !isRefusal(unknown) && !hasList) {
      hasList = true
      answers.push(...(await ask(style, key, ['list'], asked)))
    }
  }
  return answers
}

async function ask(
  style: KeyStyle,
  apiKey: string,
  probes: readonly Seen['probe'][],
  { baseUrl, timeoutMs }: Omit<Asked, 'key'>,
): Promise<Seen[]> {
  const endpoint = createEndpoint({
    baseUrl,
    apiKey,
    dialect: dialectWith(style),
    ...{ submitTimeoutMs: timeoutMs, pollTimeoutMs: timeoutMs, sendWindowMs: timeoutMs },
  })
  const reader = openReader(endpoint, KEEP_BYTES)
  const paths = { unknown: pathOf('/videos/{id}', IMPOSSIBLE_ID), list: LIST }
  try {
    const seen: Seen[] = []
    for (const probe of probes) {
      const { status, body, bodyError } = await reader.read(paths[probe])
      seen.push({ probe, style, status, body: bodyError ? undefined : body })
    }
    return seen
  } finally {
    await reader.close()
  }
}

function dialectWith(style: KeyStyle) {
  const read = readDialect({ name: 'unknown', auth: style === 'api-key' ? 'header' : style })
  if ('problems' in read) throw new Error('the dialect of a probe is not as it should be')
  return read.dialect
}
