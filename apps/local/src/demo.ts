import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { createClient, type ReelayClient } from '@reelay/client/client'
import { Listr } from 'listr2'
import { bar, isWide, size, tree } from './show.ts'
import { type Stack, startStack } from './stack.ts'
import { whenAskedToStop } from './when-asked-to-stop.ts'

type Clip = { videoId: string; bytes: number; sha256: string }
type Context = { stack: Stack; client: ReelayClient; source: Clip; remix: Clip }
type Line = { output: string }

const dir = join(import.meta.dirname, '../../../.local/demo')
const files = { source: join(dir, 'source.mp4'), remix: join(dir, 'remix.mp4') }
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
          context.source = await followUntilKept(context.client, videoId, line)
        },
        rendererOptions: { persistentOutput: true },
      },
      {
        title: `Remix it: “${remixPrompt}”`,
        task: async (context, line) => {
          const { videoId } = await context.client.remix(context.source.videoId, { prompt: remixPrompt })
          context.remix = await followUntilKept(context.client, videoId, line)
        },
        rendererOptions: { persistentOutput: true },
      },
      {
        title: 'Have upstream forget both, and play them from our own store',
        task: async ({ stack, client, source, remix }) => {
          const { ok } = await fetch(`${stack.simulatorAdminUrl}/restart`, { method: 'POST' })
          if (!ok) throw new Error('upstream remembers')
          await save(client, source, files.source)
          await save(client, remix, files.remix)
        },
      },
    ],
    { fallbackRenderer: 'simple', fallbackRendererCondition: !isWide(process.stdout) },
  ).run()

  const { task, descendants } = await client.lineage(source.videoId)
  const remixed = descendants.find(({ task }) => task?.videoId === remix.videoId)
  if (!remixed) throw new Error('the lineage does not show the remix')
  if (source.sha256 === remix.sha256) throw new Error('both clips are the same file')

  console.log('\nLineage')
  for (const line of tree({ task, children: descendants })) console.log(`  ${line}`)
  console.log('\nFiles')
  for (const file of [files.source, files.remix]) console.log(`  ${relative(process.cwd(), file)}`)
  console.log('\nnpm start keeps all of it running, with a page to look at: http://localhost:3001/studio/')
} catch (error) {
  console.error(
    `\nThe demo failed: ${(error as Error).message}\nLogs: ${relative(process.cwd(), join(dir, 'logs'))}`,
  )
  process.exitCode = 1
} finally {
  await stack?.stop()
}

/** Draws a task's progress from the live feed until it has ended and its clip is in our own store. */
async function followUntilKept(client: ReelayClient, videoId: string, line: Line): Promise<Clip> {
  for await (const state of client.follow(videoId)) {
    show(line, bar(state))
    if (state.status === 'FAILED') throw new Error(`${videoId} failed: ${state.errorMessage}`)
  }
  for await (const state of client.watch()) {
    if (state.videoId !== videoId) continue
    if (state.archiveError) throw new Error(`upstream lost the clip of ${videoId}`)
    if (!state.clip) continue
    const { bytes, sha256 } = state.clip
    show(line, `${bar(state)}, kept: ${size(bytes)}, sha256 ${sha256.slice(0, 8)}`)
    return { videoId, bytes, sha256 }
  }
  throw new Error('the feed has ended')
}

async function save(client: ReelayClient, { videoId, sha256 }: Clip, file: string): Promise<void> {
  const response = await client.content(videoId)
  if (!response.ok) throw new Error(`${videoId} has no content: ${response.status}`)
  const bytes = Buffer.from(await response.arrayBuffer())
  if (bytes.subarray(4, 8).toString() !== 'ftyp') throw new Error(`${videoId} is not an MP4 file`)
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw new Error(`${videoId} is not what was kept`)
  await writeFile(file, bytes)
}

function show(line: Line, text: string): void {
  line.output = text
}
