import { chownSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { runCommand } from '../processes/command.ts'
import { type PostgresAccount, spawnOptions } from './postgres-account.ts'
import { passwordFile, readPassword } from './postgres-password.ts'
import { copyTemplate, keepAsTemplate, templateFor } from './postgres-template.ts'

export interface PostgresBinaries {
  postgres: string
  initdb: string
}

type Options = { fsync?: boolean; onProgress?: (message: string) => void }

type Draft = {
  folder: string
  parent: string
  binaries: PostgresBinaries
  account: PostgresAccount
} & Options

const INITDB = [
  ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  ...['--username=reelay', '--auth=scram-sha-256'],
]
const CREATE = 'CREATE DATABASE reelay'

/**
 * Creates a data folder with a database `reelay`: aside, and renamed when complete, so that one that exists is good.
 * The first one is kept as a template, of which later ones are copies, as each server of the tests is new.
 */
export async function createData(
  data: string,
  binaries: PostgresBinaries,
  account: PostgresAccount,
  options: Options,
): Promise<void> {
  options.onProgress?.('Creating a Postgres database')
  const draft: Draft = { folder: `${data}.draft`, parent: dirname(data), binaries, account, ...options }
  const { initdb, postgres } = binaries
  const template = templateFor([initdb, postgres], [INITDB, CREATE, account.owner?.uid])
  rmSync(draft.folder, { recursive: true, force: true })
  if (!(await fillFrom(template, draft))) {
    rmSync(draft.folder, { recursive: true, force: true })
    await initialise(draft)
    await keepAsTemplate(draft.folder, template).catch(() => {})
  }
  renameSync(draft.folder, data)
}

async function fillFrom(template: string, draft: Draft): Promise<boolean> {
  const { folder, parent, account, fsync } = draft
  try {
    if (!(await copyTemplate(template, folder, { fsync }))) return false
    await runWithoutServer(draft, `ALTER USER reelay PASSWORD '${readPassword(parent, account)}'`)
    return true
  } catch {
    return false
  }
}

async function initialise(draft: Draft): Promise<void> {
  const { folder, parent, account, binaries, fsync } = draft
  mkdirSync(folder, { mode: 0o700 })
  if (account.owner) chownSync(folder, account.owner.uid, account.owner.gid)
  const own = [`--pwfile=${passwordFile(parent)}`, ...(fsync === false ? ['--no-sync'] : [])]
  const command = [...account.prefix, binaries.initdb, '-D', folder, ...INITDB, ...own]
  await runCommand(command, spawnOptions(account))
  await runWithoutServer(draft, CREATE)
}

async function runWithoutServer(
  { folder, account, binaries, fsync }: Draft,
  statement: string,
): Promise<void> {
  const fast = fsync === false ? ['-F'] : []
  const command = [...account.prefix, binaries.postgres, '--single', '-c', 'exit_on_error=on', ...fast]
  const options = { ...spawnOptions(account), input: `${statement}\n` }
  await runCommand([...command, '-D', folder, 'postgres'], options)
}
