import { openSync } from 'node:fs'
import { openFolderStore } from '../../src/folder-store.ts'
import { StoreError } from '../../src/store.ts'

const [folder = '', mib = '1', ending = 'ends'] = process.argv.slice(2)

async function* body() {
  for (let chunk = 0; chunk < Number(mib); chunk++) yield Buffer.alloc(1024 * 1024)
  if (ending !== 'waits') return
  process.stdout.write('waiting')
  // Keeps this process until it is killed.
  await new Promise(() => setInterval(() => {}, 60_000))
}

if (ending === 'crowded') openAllFiles()
const store = openFolderStore(folder)
const put = store.put('clips/a', body())
process.stdout.write(await put.then(() => 'stored', tell))

function tell(error: Error): string {
  return `${error instanceof StoreError ? 'StoreError' : error.name}: ${error.message}`
}

function openAllFiles() {
  try {
    while (true) openSync('/dev/null', 'r')
  } catch {}
}
