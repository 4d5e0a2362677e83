import { problems } from '@reelay/contracts/problems'
import { invalid } from '../http/errors.ts'

const HEAD = /^data:[\w.+-]+\/[\w.+-]+(?:;[\w.+-]+=[\w.+-]+)*;base64,/i
const HEAD_MAX = 200
/** A multiple of four characters, each of which is six bits. */
const STEP = 64 * 1024

/** The bytes of a data URL, a part at a time. Throws ApiError where it is none. */
export async function* bytesOfDataUrl(url: string): AsyncGenerator<Uint8Array> {
  const head = HEAD.exec(url.slice(0, HEAD_MAX))?.[0]
  if (head === undefined) throw notOne()
  const end = url.endsWith('==') ? url.length - 2 : url.endsWith('=') ? url.length - 1 : url.length
  // Six bits are no byte.
  if ((end - head.length) % 4 === 1) throw notOne()
  for (let at = head.length; at < end; at += STEP) {
    const part = url.slice(at, Math.min(at + STEP, end))
    // Buffer.from would leave out what is no base64, in silence.
    if (!/^[\w+/-]*$/.test(part)) throw notOne()
    yield Buffer.from(part, 'base64')
  }
}

function notOne() {
  return invalid('input_reference', problems.picture)
}
