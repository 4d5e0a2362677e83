import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runCommand } from '@reelay/local-services/processes/command'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

const root = join(import.meta.dirname, '../../..')

const Entry = z.object({
  /** Of one that is installed under another name. */
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  inBundle: z.boolean().optional(),
  dev: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
})
type Entry = z.infer<typeof Entry>

const Bill = z.object({
  components: z.array(
    z.object({
      purl: z.string(),
      hashes: z
        .array(z.object({ content: z.string() }))
        .min(1)
        .optional(),
      licenses: z.array(z.looseObject({})).min(1).optional(),
    }),
  ),
})
const sbomOptions = ['--sbom-format=cyclonedx', '--package-lock-only', '--offline']

const { packages } = z
  .object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), Entry) })
  .parse(readJson('package-lock.json'))
const { allowScripts } = z
  .object({ allowScripts: z.record(z.string(), z.boolean()) })
  .parse(readJson('package.json'))

const installed = Object.entries(packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && !link,
)
const registry = installed.filter(([, { inBundle }]) => !inBundle)

test('every package from a registry has its integrity in the lockfile', () => {
  expect(registry.length).toBeGreaterThan(200)
  expect(registry.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? '')).map(nameOf)).toEqual([])
})

test('no package comes from anywhere but a registry', () => {
  const elsewhere = registry.filter(
    ([, { resolved, version }]) =>
      (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')) ||
      !/^\d+\.\d+\.\d+/.test(version ?? ''),
  )
  expect(elsewhere.map(nameOf)).toEqual([])
})

test('every link in the lockfile is one of our own workspaces', () => {
  const links = Object.values(packages).filter(({ link }) => link)
  expect(links.length).toBeGreaterThan(5)
  expect(links.filter(({ resolved }) => !/^(apps|packages)\/[\w-]+$/.test(resolved ?? ''))).toEqual([])
})

test('no package runs a script at its install but the named ones', () => {
  const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(nameOf)
  const unnamed = new Set(scripted.filter((name) => !(name in allowScripts)))
  expect([...unnamed]).toEqual([])
})

test('a bill of materials is made from the lockfile alone, with a hash for each package and a licence for each that is shipped', () => {
  const { components } = Bill.parse(
    JSON.parse(execFileSync('npm', ['sbom', ...sbomOptions], { cwd: root, encoding: 'utf8' })),
  )
  const ours = components.filter(({ purl }) => purl.startsWith('pkg:npm/%40reelay/'))
  const foreign = components.filter((component) => !ours.includes(component))
  const [named, wanted] = [foreign.map(({ purl }) => purl), registry.map(purlOf)].map((all) => new Set(all))
  expect([...(named ?? [])].toSorted()).toEqual([...(wanted ?? [])].toSorted())
  expect(foreign.filter(({ hashes }) => !hashes).map(({ purl }) => purl)).toEqual([])
  const onlyForTests = registry.filter(([, { dev }]) => dev).map(purlOf)
  const unlicensed = components.filter(({ licenses }) => !licenses).map(({ purl }) => purl)
  expect(unlicensed.filter((purl) => !onlyForTests.includes(purl))).toEqual([])
  expect(JSON.stringify(components.map(({ licenses }) => licenses))).not.toMatch(/[^L]GPL|AGPL|SSPL|BUSL/)
})

test.each([
  ['bullmq', '6.3.3', 'older workers fall silent after an outage of Redis'],
  ['fastify', '5.8.5', 'older ones have known holes'],
  ['fast-jwt', '6.2.4', 'older ones have known holes'],
  ['drizzle-orm', '0.45.2', 'older ones have known holes'],
  ['ajv', '8.18.0', 'older ones have known holes'],
  ['node', '24.0.0', 'older ones don’t strip types'],
])('%s is at least %s: %s', (name, floor) => {
  const versions = installed.filter((entry) => nameOf(entry) === name).map(([, { version }]) => version ?? '')
  expect(versions).not.toEqual([])
  expect(versions.filter((version) => isOlder(version, floor))).toEqual([])
})

const npmVersion = execFileSync('npm', ['--version'], { encoding: 'utf8' }).trim()

test.skipIf(isOlder(npmVersion, '11.10.0'))('no release is taken before it is three days old', async () => {
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
  const registry = await aRegistry('kite', {
    '1.0.0': hoursAgo(75),
    '1.0.1': hoursAgo(70),
    '1.0.2': hoursAgo(1),
  })
  const project = aFolder()
  copyFileSync(join(root, '.npmrc'), join(project, '.npmrc'))
  writeFileSync(join(project, 'package.json'), '{}')
  // What the npm that runs these tests was told is not for this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  const places = [`--registry=${registry}`, `--cache=${join(project, 'cache')}`]
  const install = ['npm', 'install', 'kite', '--dry-run', ...places]
  expect(await runCommand(install, { cwd: project, env })).toMatch(/add kite 1\.0\.0/)
})

test('a version is compared by its numbers', () => {
  expect(isOlder('6.3.2', '6.3.3')).toBe(true)
  expect(isOlder('6.10.0', '6.3.3')).toBe(false)
  expect(isOlder('5.9.9', '6.0.0')).toBe(true)
  expect(isOlder('6.3.3', '6.3.3')).toBe(false)
})

/** A registry of one package, whose versions were published at these times. */
async function aRegistry(name: string, time: Record<string, string>): Promise<string> {
  const versions = Object.keys(time).map((version) => {
    const dist = { tarball: 'http://127.0.0.1:1/none.tgz', integrity: `sha512-${'A'.repeat(86)}==` }
    return [version, { name, version, dist }]
  })
  const latest = Object.keys(time).at(-1)
  const packument = { name, time, versions: Object.fromEntries(versions), 'dist-tags': { latest } }
  const server = createServer((_, response) => response.end(JSON.stringify(packument))).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function nameOf([path, { name }]: [string, Entry]): string {
  return name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

function purlOf(entry: [string, Entry]): string {
  return `pkg:npm/${nameOf(entry).replace('@', '%40')}@${entry[1].version}`
}

function isOlder(version: string, floor: string): boolean {
  const numbers = (text: string) => text.split(/[.-]/).slice(0, 3).map(Number)
  const [a, b] = [numbers(version), numbers(floor)]
  const i = a.findIndex((number, index) => number !== b[index])
  return i >= 0 && (a[i] ?? 0) < (b[i] ?? 0)
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(root, file), 'utf8'))
}
