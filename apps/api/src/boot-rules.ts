const SECRET_MIN_BYTES = 32
const ADMIN_PASSWORD_MIN = 12
const DISTINCT_CHARACTERS_MIN = 8

/** Words of documentation, of forgotten templates and of our simulator; a random secret has none of them. */
const exampleWords =
  /change.?me|example|placeholder|replace|your.?(jwt|api|secret|key|password|admin)|(super|jwt|my).?secret|a secret|password|test.?123|letmein|simulator/i

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
  return [{ name: missing, message: 'is needed beside the other of the two' }]
}

function productionProblems(env: BootEnvironment): BootProblem[] {
  const { JWT_SECRET: secret, ADMIN_PASSWORD: password, SORA_API_KEY: key } = env
  const rules: [keyof BootEnvironment, boolean, string][] = [
    ['JWT_SECRET', isShort(secret, SECRET_MIN_BYTES), `must have at least ${SECRET_MIN_BYTES} bytes`],
    ['JWT_SECRET', isExample(secret), 'must not be an example'],
    [
      'ADMIN_PASSWORD',
      isShort(password, ADMIN_PASSWORD_MIN),
      `must have at least ${ADMIN_PASSWORD_MIN} bytes`,
    ],
    ['ADMIN_PASSWORD', isExample(password), 'must not be an example'],
    ['SORA_API_KEY', key !== undefined && exampleWords.test(key), 'must not be an example'],
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

function isExample(secret: string | undefined): boolean {
  return secret !== undefined && (exampleWords.test(secret) || new Set(secret).size < DISTINCT_CHARACTERS_MIN)
}
