import { StoreError } from '../store.ts'

type Told = { name?: unknown; code?: unknown; message?: unknown; $metadata?: { httpStatusCode?: number } }

const SILENCE = 'Silence'

export function silence(): Error {
  return Object.assign(new Error('S3 says nothing'), { name: SILENCE })
}

/** The network's own time-outs, which have a code, are not meant: to try these again may help. */
export function isSilence(error: unknown): boolean {
  const { name, code } = error as Told
  return name === 'TimeoutError' && code === undefined
}

export function isMissing(error: unknown): boolean {
  const { name, $metadata } = error as Told
  return name !== 'NoSuchBucket' && $metadata?.httpStatusCode === 404
}

export function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error) => {
    if (isMissing(error)) return undefined
    throw error
  })
}

/** What S3 or the way there said in the store's words, which have no keys and addresses. */
export function s3Error(error: unknown): Error {
  if (error instanceof StoreError) return error
  return new StoreError(sentenceOf(error as Told))
}

function sentenceOf(error: Told): string {
  const { name, message, $metadata } = error
  const status = $metadata?.httpStatusCode
  if (name === SILENCE) return 'S3 says nothing'
  if (name === 'NoSuchBucket') return 'S3 has no bucket of the name in MEDIA_S3_BUCKET'
  if (/^Checksum mismatch/.test(String(message))) return 'S3 sent bytes that are not those it was given'
  const what = [status, wordOf(error)].filter(Boolean).join(' ')
  if (status === undefined) return `S3 can’t be reached (${what})`
  if (status === 401 || status === 403) return `S3 refuses the access (${what})`
  if (status === 429 || status >= 500) return `S3 is too busy or fails (${what})`
  return `S3 can’t be used (${what})`
}

/** A server's word is repeated only where it is one. */
function wordOf({ name, code }: Told): string {
  return [code, name].map(String).find((word) => /^(?!Unknown)[A-Z]\w{2,40}$/.test(word)) ?? ''
}
