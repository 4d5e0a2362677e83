import { createHash, randomBytes } from 'node:crypto'
import { KEY_START } from '@reelay/contracts/api-keys'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BYTES = 32
/** As many as 32 bytes of ones have. */
const LENGTH = 43
const SHOWN = 6
const pattern = new RegExp(`^${KEY_START}[0-9A-Za-z]{${LENGTH}}$`)

/** 32 random bytes in base62 behind what every key begins with. */
export function newSecretKey(): string {
  let rest = BigInt(`0x${randomBytes(BYTES).toString('hex')}`)
  let text = ''
  for (; rest > 0n; rest /= 62n) text = DIGITS[Number(rest % 62n)] + text
  return KEY_START + text.padStart(LENGTH, '0')
}

/** Whether this could be a key: only such are looked up. */
export function isSecretKey(text: string): boolean {
  return pattern.test(text)
}

export function prefixOf(key: string): string {
  return key.slice(0, KEY_START.length + SHOWN)
}

/** All that is kept of a key. */
export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
