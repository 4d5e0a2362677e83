import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import pLimit from 'p-limit'
import { ApiError } from '../http/errors.ts'

const derive = promisify(argon2)

/** OWASP's floor for argon2id: 19 MiB, 2 passes, 1 lane. */
const memory = 19_456
const passes = 2
const parallelism = 1

const format = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/

/** Two of the four threads that files and name look-ups need, too; as many waiting as take a few seconds. */
const AT_ONCE = 2
const MOST_WAITING = 128

export type Passwords = ReturnType<typeof createPasswords>

export function createPasswords() {
  const limit = pLimit(AT_ONCE)
  const dummy = encode(randomBytes(16), randomBytes(32))

  return {
    async hash(password: string): Promise<string> {
      const salt = randomBytes(16)
      const parameters = { memory, passes, parallelism, tagLength: 32 }
      return encode(salt, await derived(password, salt, parameters))
    },

    /** Compares in constant time. A user who doesn't exist costs the same as a wrong password. */
    async verify(password: string, stored: string | undefined): Promise<boolean> {
      const known = format.exec(stored ?? '')
      const [, m, t, p, salt = '', tag = ''] = known ?? format.exec(dummy) ?? []
      const expected = Buffer.from(tag, 'base64')
      const parameters = {
        memory: Number(m),
        passes: Number(t),
        parallelism: Number(p),
        tagLength: expected.length,
      }
      const actual = await derived(password, Buffer.from(salt, 'base64'), parameters)
      return timingSafeEqual(actual, expected) && known !== null
    },
  }

  async function derived(password: string, salt: Buffer, parameters: Parameters): Promise<Buffer> {
    if (limit.pendingCount >= MOST_WAITING) throw new ApiError('overloaded')
    return limit(() => argon2id(password, salt, parameters))
  }
}

type Parameters = { memory: number; passes: number; parallelism: number; tagLength: number }

async function argon2id(password: string, nonce: Buffer, parameters: Parameters): Promise<Buffer> {
  return derive('argon2id', { message: Buffer.from(password.normalize('NFKC')), nonce, ...parameters })
}

function encode(salt: Buffer, tag: Buffer): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
