import { createHash, randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { localFolder, processFolder, removeFolder } from '../local-folder.ts'
import { runCommand } from '../processes/command.ts'
import { type PostgresAccount, spawnOptions } from './postgres-account.ts'

export interface PostgresBinaries {
  postgres: string
  initdb: string
}

const INITDB = [
  ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  ...['--username=reelay', '--auth=scram-sha-256'],
]
const CREATE = 'CREATE DATABASE reelay'
/** Of two that this process makes at once one is enough. */
let isKeeping = false

/**
 * Creates a data folder with a database `reelay`: aside, and renamed when complete, so that one that exists is good.
 * The first one is kept as a template, of which later ones are copies, as each server of the tests is new.
 */
export async function createData(
  data: string,
  { initdb, postgres }: PostgresBinaries,
  account: PostgresAccount,
  { fsync, onProgress }: { fsync?: boolean; onProgress?: (message: string) => void },
): Promise<void> {
  onProgress?.('Creating a Postgres database')
  const draft = `${data}.draft`
  rmSync(draft, { recursive: true, force: true })
  const options = spawnOptions(account)
  const template = join(localFolder, `postgres-${identityOf([initdb, postgres], account)}`)
  if (!(existsSync(template) && (await copyOf(template)))) {
    rmSync(draft, { recursive: true, force: true })
    await initialise()
    await keepAs(template).catch(() => {})
  }
  renameSync(draft, data)

  async function copyOf(template: string): Promise<boolean> {
    try {
      await copyFolder(template, draft)
      if (fsync !== false) writeOut(draft)
      await runAlone(`ALTER USER reelay PASSWORD '${readPassword(dirname(data), account)}'`)
      return true
    } catch {
      return false
    }
  }

  async function initialise(): Promise<void> {
    mkdirSync(draft, { mode: 0o700 })
    giveTo(account, draft)
    const password = `--pwfile=${passwordFile(dirname(data))}`
    const sync = fsync === false ? ['--no-sync'] : []
    await runCommand([...account.prefix, initdb, '-D', draft, ...INITDB, password, ...sync], options)
    await runAlone(CREATE)
  }

  /** Runs a statement where no server does. */
  async function runAlone(statement: string): Promise<void> {
    const fast = fsync === false ? ['-F'] : []
    const command = [...account.prefix, postgres, '--single', '-c', 'exit_on_error=on', ...fast]
    await runCommand([...command, '-D', draft, 'postgres'], { ...options, input: `${statement}\n` })
  }

  async function keepAs(template: string): Promise<void> {
    if (isKeeping) return
    isKeeping = true
    mkdirSync(localFolder, { recursive: true })
    const copy = processFolder('template')
    try {
      await copyFolder(draft, copy)
      writeOut(copy)
      renameSync(copy, template)
    } finally {
      removeFolder(copy)
      isKeeping = false
    }
  }
}

/** What made a template, and for whom. */
function identityOf(binaries: string[], { owner }: PostgresAccount): string {
  const made = binaries.map((file) => {
    const { size, mtimeMs } = statSync(file)
    return { size, mtimeMs }
  })
  const identity = JSON.stringify([made, INITDB, CREATE, owner?.uid])
  return createHash('sha256').update(identity).digest('hex').slice(0, 16)
}

/** With owners and modes, which Postgres insists on. */
async function copyFolder(from: string, to: string): Promise<void> {
  await runCommand(['cp', '-a', from, to])
}

/** What is there must be whole even if the power fails next. */
function writeOut(folder: string): void {
  for (const name of [...readdirSync(folder, { recursive: true, encoding: 'utf8' }), '.']) {
    const file = openSync(join(folder, name), 'r')
    fsyncSync(file)
    closeSync(file)
  }
}

/** The superuser's password, made at the first start and kept beside the data. */
export function readPassword(folder: string, account: PostgresAccount): string {
  const file = passwordFile(folder)
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 })
  giveTo(account, file)
  return readFileSync(file, 'utf8')
}

function passwordFile(folder: string): string {
  return join(folder, 'password')
}

function giveTo({ owner }: PostgresAccount, file: string): void {
  if (owner) chownSync(file, owner.uid, owner.gid)
}
