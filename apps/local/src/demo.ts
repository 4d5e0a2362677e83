import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { createClient, type ReelayClient } from '@reelay/client/client'
import { Listr } from 'listr2'
import { bar, isWide, size, tree } from './show.ts'
import { type Stack, startStack } from './stack.ts'
import { whenAskedToStop } from './when-asked-to-stop.ts'

type Clip = { videoId: string; file: string; bytes: Buffer }
type Context = { stack: Stack; client: ReelayClient; source: Clip; remix: Clip }
type Line = { output: string }

const dir = join(import.meta.dirname, '../../../.local/demo')
const sourcePrompt = 'A paper boat crosses a rain puddle at dusk'
const remixPrompt = 'The same boat, now under northern lights'

/** From accepted to finished, so that the demo ends within a minute at the real poll interval of 5 s. */
const env = { SIMULATOR_QUEUED_MS: '1500', SIMULATOR_RENDER_MS: '10500' }

let stack: Stack | undefined
whenAskedToStop(async () => stack?.stop())

try {
  const { source, remix, client } = await new Listr<Context>(
    [
      {
        title: 'Start Postgres, Redis, simulator, api and two workers',
        task: async (context, line) => {
          stack = await startStack({ dir, env, onProgress: (message) => show(line, message) })
          context.stack = stack
        },
      },
      {
        title: 'Register and log in',
        task: async (context) => {
          const guest = createClient({ baseUrl: context.stack.apiUrl })
          const username = `demo-${Date.now().toString(36)}`
          const password = crypto.randomUUID()
          await guest.register({ username, email: `${username}@example.com`, password })
          context.client = await guest.login(username, password)
        },
      },
      {
        title: `Make a source clip: “${sourcePrompt}”`,
        task: async (context, line) => {
          const { videoId } = await context.client.createTask({
            prompt: sourcePrompt,
            size: '1280x720',
            seconds: '4',
          })
          context.source = await followAndSave(context.client, videoId, 'source.mp4', line)
        },
        rendererOptions: { persistentOutput: true },
      },
      {
        title: `Remix it: “${remixPrompt}”`,
        task: async (context, line) => {
          const { videoId } = await context.client.remix(context.source.videoId, { prompt: remixPrompt })
          context.remix = await followAndSave(context.client, videoId, 'remix.mp4', line)
        },
        rendererOptions: { persistentOutput: true },
      },
    ],
    { fallbackRenderer: 'simple', fallbackRendererCondition: !isWide(process.stdout) },
  ).run()

  const { task, descendants } = await client.lineage(source.videoId)
  const remixed = descendants.find((node) => node.task.videoId === remix.videoId)
  if (!remixed) throw new Error('the lineage does not show the remix')
  if (digest(source.bytes) === digest(remix.bytes)) throw new Error('both clips are the same file')

  console.log('\nLineage')
  for (const line of tree({ task, children: descendants })) console.log(`  ${line}`)
  console.log('\nFiles')
  for (const { file, bytes } of [source, remix])
    console.log(`  ${relative(process.cwd(), file)}  ${size(bytes.length)}`)
} catch (error) {
  console.error(
    `\nThe demo failed: ${(error as Error).message}\nLogs: ${relative(process.cwd(), join(dir, 'logs'))}`,
  )
  process.exitCode = 1
} finally {
  await stack?.stop()
}

/** Draws a task's progress from the live feed until it has ended, then saves its clip. */
async function followAndSave(client: ReelayClient, videoId: string, name: string, line: Line): Promise<Clip> {
  for await (const state of client.follow(videoId)) {
    show(line, bar(state))
    if (state.status === 'FAILED') throw new Error(`${videoId} failed: ${state.errorMessage}`)
  }
  const response = await client.content(videoId)
  if (!response.ok) throw new Error(`${videoId} has no content: ${response.status}`)
  const bytes = Buffer.from(await response.arrayBuffer())
  if (bytes.subarray(4, 8).toString() !== 'ftyp') throw new Error(`${videoId} is not an MP4 file`)
  const file = join(dir, name)
  await mkdir(dir, { recursive: true })
  await writeFile(file, bytes)
  return { videoId, file, bytes }
}

function show(line: Line, text: string): void {
  line.output = text
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
