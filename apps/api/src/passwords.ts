import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

/** OWASP's floor for argon2id: 19 MiB, 2 passes, 1 lane. */
const memory = 19_456
const passes = 2
const parallelism = 1

const format = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/

/** Hashes a password (its NFKC form) into argon2's usual text form, parameters included. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await argon2id(password, salt, { memory, passes, parallelism, tagLength: 32 })
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`
}

/** Compares in constant time. A user who doesn't exist costs the same as a wrong password. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [, m, t, p, salt = '', tag = ''] = format.exec(stored ?? (await dummyHash)) ?? []
  const expected = Buffer.from(tag, 'base64')
  const actual = await argon2id(password, Buffer.from(salt, 'base64'), {
    memory: Number(m),
    passes: Number(t),
    parallelism: Number(p),
    tagLength: expected.length,
  })
  return timingSafeEqual(actual, expected) && stored !== undefined
}

const dummyHash = hashPassword(randomBytes(16).toString('hex'))

type Parameters = { memory: number; passes: number; parallelism: number; tagLength: number }

async function argon2id(password: string, nonce: Buffer, parameters: Parameters): Promise<Buffer> {
  return derive('argon2id', { message: Buffer.from(password.normalize('NFKC')), nonce, ...parameters })
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
