import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { localFolder, processFolder } from '../local-folder.ts'
import { runCommand } from '../processes/command.ts'

export type Program = { command: string; env: NodeJS.ProcessEnv }

export type PackagedProgram = { package: string; path: string; versionFlag: string }

/** The distribution's program, downloaded and unpacked into `.local/` without touching the system. */
export async function unpackedProgram(
  packaged: PackagedProgram,
  onProgress?: (message: string) => void,
): Promise<Program> {
  const folder = join(localFolder, packaged.package)
  if (!existsSync(folder)) {
    onProgress?.(`Downloading ${packaged.package} from the distribution`)
    const unpacking = inProgress.get(folder) ?? unpackInto(folder, packaged)
    inProgress.set(folder, unpacking)
    await unpacking.finally(() => inProgress.delete(folder))
  }
  return programIn(folder, packaged)
}

// A browser with libraries of its own finds no fonts but by name.
const fontsFile = 'fonts.conf'
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir prefix="relative">usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`

const inProgress = new Map<string, Promise<void>>()

// Made aside and renamed when it has proved to run; of two processes doing so at once the second's work is dropped.
async function unpackInto(folder: string, packaged: PackagedProgram): Promise<void> {
  const workplace = join(processFolder('download'), packaged.package)
  const draft = join(workplace, 'unpacked')
  try {
    for (const archive of await download(packaged.package, workplace))
      await runCommand(['dpkg', '-x', archive, draft])
    if (existsSync(join(draft, 'usr/share/fonts'))) writeFileSync(join(draft, fontsFile), fonts)
    const { command, env } = programIn(draft, packaged)
    await runCommand([command, packaged.versionFlag], { env })
    if (!existsSync(folder)) renameSync(draft, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(workplace, { recursive: true, force: true })
    removeIfEmpty(dirname(workplace))
  }
}

async function download(name: string, folder: string): Promise<string[]> {
  const archives = join(folder, 'archives')
  const aptGetWith = async (config: Record<string, string>) => {
    for (const place of ['lists', 'archives']) mkdirSync(join(folder, place, 'partial'), { recursive: true })
    const env = { ...process.env, APT_CONFIG: await writeAptConfig(folder, config) }
    return (...command: string[]) => runCommand(['apt-get', ...command], { env })
  }
  const install = ['install', '--yes', '--download-only', '--no-install-recommends', '--reinstall', name]
  try {
    const aptGet = await aptGetWith({})
    await aptGet(...install)
  } catch (first) {
    // The system's lists are old, or there are none.
    rmSync(archives, { recursive: true })
    const aptGet = await aptGetWith({ 'Dir::State::lists': join(folder, 'lists') })
    // One broken source of many fails an update that is good enough otherwise.
    const update = await aptGet('update').catch((error: Error) => error.message)
    await aptGet(...install).catch((error: Error) => {
      throw new Error(`${(first as Error).message}\n${update}\n${error.message}`)
    })
  }
  return readdirSync(archives)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(archives, name))
}

// The system's configuration (proxies, mirrors) with folders of our own, and without hooks, which would touch the system.
async function writeAptConfig(folder: string, config: Record<string, string>): Promise<string> {
  const system = (await runCommand(['apt-config', 'dump'])).split('\n')
  const own = {
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::Cache': folder,
    'Dir::Cache::archives': join(folder, 'archives'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Debug::NoLocking': 'true',
    ...config,
  }
  const file = join(folder, 'apt.conf')
  const kept = system.filter((line) => /^\S+ ".*";$/.test(line) && !line.includes('-Invoke'))
  writeFileSync(
    file,
    [...kept, ...Object.entries(own).map(([name, value]) => `${name} "${value}";`)].join('\n'),
  )
  return file
}

function programIn(folder: string, { path }: PackagedProgram): Program {
  const libraries = ['lib', 'usr/lib'].flatMap((place) => foldersWithLibraries(join(folder, place)))
  const LD_LIBRARY_PATH = [...libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':')
  const own = join(folder, fontsFile)
  const ownFonts = existsSync(own) ? { FONTCONFIG_FILE: own, XDG_CACHE_HOME: join(folder, 'var/cache') } : {}
  return { command: join(folder, path), env: { ...process.env, ...ownFonts, LD_LIBRARY_PATH } }
}

// Some packages keep their own libraries a folder deeper, and name that place absolutely.
function foldersWithLibraries(place: string): string[] {
  if (!existsSync(place)) return []
  const files = readdirSync(place, { recursive: true, encoding: 'utf8' })
  const libraries = files.filter((file) => /\.so(\.[\d.]+)?$/.test(file))
  return [...new Set(libraries.map((file) => dirname(join(place, file))))].toSorted()
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Another download of this process still uses it.
  }
}
