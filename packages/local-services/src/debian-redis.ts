import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { localFolder, processFolder } from './local-folder.ts'
import type { RedisServer } from './redis-server.ts'

/** The distribution's redis-server, downloaded and unpacked into `.local/` without touching the system. */
export async function debianRedis(onProgress?: (message: string) => void): Promise<RedisServer> {
  const folder = join(localFolder, 'redis-server')
  if (!existsSync(folder)) {
    onProgress?.('Downloading redis-server from the distribution')
    unpacking ??= unpackInto(folder)
    await unpacking
  }
  return serverIn(folder)
}

let unpacking: Promise<void> | undefined

// Made aside and renamed when it has proved to run; of two processes doing so at once the second's work is dropped.
async function unpackInto(folder: string): Promise<void> {
  const workplace = processFolder('download')
  const draft = join(workplace, 'redis-server')
  try {
    for (const archive of await download(workplace)) await runCommand(['dpkg', '-x', archive, draft])
    const { command, env } = serverIn(draft)
    await runCommand([command, '--version'], { env })
    if (!existsSync(folder)) renameSync(draft, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(workplace, { recursive: true, force: true })
  }
}

// apt knows which of redis-server's dependencies this machine lacks, and fetches those alone.
async function download(folder: string): Promise<string[]> {
  const archives = join(folder, 'archives')
  for (const place of ['lists', 'archives']) mkdirSync(join(folder, place, 'partial'), { recursive: true })
  const env = { ...process.env, APT_CONFIG: await writeAptConfig(folder) }
  // One broken source of many fails an update that is good enough otherwise.
  const update = await runCommand(['apt-get', 'update'], { env }).catch((error: Error) => error.message)
  const install = ['install', '--yes', '--download-only', '--no-install-recommends', 'redis-server']
  await runCommand(['apt-get', ...install], { env }).catch((error: Error) => {
    throw new Error(`${update}\n${error.message}`)
  })
  return readdirSync(archives)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(archives, name))
}

// The system's configuration (proxies, mirrors) with folders of our own, and without hooks, which would touch the system.
async function writeAptConfig(folder: string): Promise<string> {
  const system = (await runCommand(['apt-config', 'dump'])).split('\n')
  const own = {
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': folder,
    'Dir::Cache::archives': join(folder, 'archives'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Debug::NoLocking': 'true',
  }
  const file = join(folder, 'apt.conf')
  const kept = system.filter((line) => /^\S+ ".*";$/.test(line) && !line.includes('-Invoke'))
  writeFileSync(
    file,
    [...kept, ...Object.entries(own).map(([name, value]) => `${name} "${value}";`)].join('\n'),
  )
  return file
}

function serverIn(folder: string): RedisServer {
  const places = [join(folder, 'lib'), join(folder, 'usr/lib')]
  const libraries = places.flatMap((place) => [place, ...foldersIn(place)])
  const LD_LIBRARY_PATH = [...libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':')
  return { command: join(folder, 'usr/bin/redis-server'), env: { ...process.env, LD_LIBRARY_PATH } }
}

function foldersIn(place: string): string[] {
  if (!existsSync(place)) return []
  return readdirSync(place, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(place, entry.name))
}
