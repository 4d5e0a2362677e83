import { problems } from '@reelay/contracts/problems'
import { isExample, variety } from './secrets.ts'

const SECRET_MIN_BYTES = 32
const ADMIN_PASSWORD_MIN = 12

/** Of a hundred thousand random ones of the least length none has so little. */
const SECRET_VARIETY_MIN = 12
const PASSWORD_VARIETY_MIN = 5

/** What the rules look at. Any of it may be missing when it was wrong by itself. */
export type BootEnvironment = {
  NODE_ENV?: string | undefined
  LOG_LEVEL?: string | undefined
  JWT_SECRET?: string | undefined
  SORA_API_KEY?: string | undefined
  CORS_ORIGIN?: string[] | undefined
  ADMIN_USERNAME?: string | undefined
  ADMIN_PASSWORD?: string | undefined
}

export type BootProblem = { name: keyof BootEnvironment; message: string }

/** What stops a boot although each variable is right by itself. Never tells a value. */
export function bootProblems(env: BootEnvironment): BootProblem[] {
  return [...pairProblems(env), ...(env.NODE_ENV === 'production' ? productionProblems(env) : [])]
}

function pairProblems({ ADMIN_USERNAME: name, ADMIN_PASSWORD: password }: BootEnvironment): BootProblem[] {
  if ((name === undefined) === (password === undefined)) return []
  const missing = name === undefined ? 'ADMIN_USERNAME' : 'ADMIN_PASSWORD'
  return [{ name: missing, message: problems.required.en }]
}

function productionProblems(env: BootEnvironment): BootProblem[] {
  const { JWT_SECRET: secret, ADMIN_PASSWORD: password, SORA_API_KEY: key } = env
  const rules: [keyof BootEnvironment, boolean, string][] = [
    ['JWT_SECRET', isShort(secret, SECRET_MIN_BYTES), `must have at least ${SECRET_MIN_BYTES} bytes`],
    ['JWT_SECRET', isGuessed(secret, SECRET_VARIETY_MIN), 'must not be an example'],
    ['JWT_SECRET', isPattern(secret, SECRET_VARIETY_MIN), 'must not repeat itself'],
    [
      'ADMIN_PASSWORD',
      isShort(password, ADMIN_PASSWORD_MIN),
      `must have at least ${ADMIN_PASSWORD_MIN} bytes`,
    ],
    ['ADMIN_PASSWORD', isGuessed(password, PASSWORD_VARIETY_MIN), 'must not be an example'],
    ['ADMIN_PASSWORD', isPattern(password, PASSWORD_VARIETY_MIN), 'must not repeat itself'],
    ['SORA_API_KEY', isGuessed(key, PASSWORD_VARIETY_MIN), 'must not be an example'],
    ['CORS_ORIGIN', env.CORS_ORIGIN?.includes('*') ?? false, 'must name its origins'],
    ['LOG_LEVEL', env.LOG_LEVEL === 'trace', 'must not be trace'],
  ]
  return rules
    .filter(([, broken]) => broken)
    .map(([name, , message]) => ({ name, message: `${message} in production` }))
}

function isShort(secret: string | undefined, bytes: number): boolean {
  return secret !== undefined && Buffer.byteLength(secret) < bytes
}

function isGuessed(secret: string | undefined, enough: number): boolean {
  return secret !== undefined && isExample(secret, enough)
}

function isPattern(secret: string | undefined, enough: number): boolean {
  return secret !== undefined && variety(secret) < enough
}
