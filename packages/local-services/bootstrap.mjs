// Makes `npm run demo`, `npm start` and `npm test` work straight after a clone. Needs nothing but Node 20.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const lock = join(root, '.local/installing')

if (Number.parseInt(process.versions.node, 10) < 20) {
  console.error(
    `This needs Node 20 or newer to start; you have ${process.versions.node} (${process.execPath}).`,
  )
  process.exit(1)
}
if (!isInstalled()) {
  await takeTurn()
  try {
    if (!isInstalled()) process.exitCode = install()
  } finally {
    rmSync(lock, { force: true })
  }
}

// npm leaves its own record of what it put into node_modules, written last.
function isInstalled() {
  const wanted = packagesIn('package-lock.json')
  const found = packagesIn('node_modules/.package-lock.json')
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '' || (optional && !found[path])) return true
    return found[path]?.version === version && found[path]?.integrity === integrity
  })
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  } catch {
    return {}
  }
}

function install() {
  process.stderr.write('Installing dependencies … ')
  const start = Date.now()
  // Not with the Node inside node_modules, which is about to be replaced.
  const path = process.env.PATH.split(delimiter).filter(
    (folder) => !folder.startsWith(join(root, 'node_modules')),
  )
  const { status, error } = spawnSync(
    'npm',
    ['ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'],
    {
      cwd: root,
      env: { ...process.env, PATH: path.join(delimiter) },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  if (status === 0) {
    console.error(`done in ${Math.round((Date.now() - start) / 1000)} s`)
    return 0
  }
  console.error(
    `\nInstalling dependencies failed: ${error?.message ?? `npm ci ended with exit code ${status}`}.`,
  )
  return status || 1
}

// Two installations at once would delete each other's files.
async function takeTurn() {
  mkdirSync(join(root, '.local'), { recursive: true })
  for (;;) {
    try {
      return writeFileSync(lock, String(process.pid), { flag: 'wx' })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (holderIsGone()) rmSync(lock, { force: true })
    else await sleep(500)
  }
}

function holderIsGone() {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    if (pid) process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}
