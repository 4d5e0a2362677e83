import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Writes the pages, and beside them the client as a browser takes it: without its types, and else as it is. */
export function writeSite(site: string): void {
  const client = join(site, 'client')
  mkdirSync(client, { recursive: true })
  for (const page of ['index.html', 'old-front-end.html', 'new-front-end.html', 'player.html'])
    copyFileSync(join(import.meta.dirname, page), join(site, page))

  const sources = join(import.meta.dirname, '../../../../packages/client/src')
  for (const name of readdirSync(sources))
    writeFileSync(join(client, name), stripTypeScriptTypes(readFileSync(join(sources, name), 'utf8')))
  const parser = dirname(fileURLToPath(import.meta.resolve('eventsource-parser')))
  cpSync(parser, join(site, 'eventsource-parser'), { recursive: true })
}
