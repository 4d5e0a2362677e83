import { writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createClient, type ReelayClient, ReelayError } from '@reelay/client/client'
import { orExit, parseEnvironment, wholeNumber } from '@reelay/contracts/environment'
import { z } from 'zod'
import { buildStudio } from './build-studio.ts'
import { pictureOfDawn } from './picture.ts'
import { type Stack, startStack } from './stack.ts'
import { whenAskedToStop } from './when-asked-to-stop.ts'

const { PORT } = orExit(() =>
  parseEnvironment(z.object({ PORT: wholeNumber(3001, { max: 65_535 }) }), process.env),
)
const { values } = parseArgs({ options: { dir: { type: 'string' } } })
/** Data, pictures, clips and logs: `npm start -- --dir <folder>` keeps them elsewhere. */
const dir = resolve(values.dir ?? join(import.meta.dirname, '../../../.local/start'))
const user = { username: 'testuser', email: 'testuser@example.com', password: 'Test123456' }

let stack: Stack | undefined
whenAskedToStop(
  async () => {
    console.log('\nstopping')
    await stack?.stop()
  },
  () => 0,
)

try {
  console.log('building the studio, where its sources have changed')
  await buildStudio().catch((error: Error) => console.error(`there is no studio: ${error.message}`))
  stack = await startStack({
    dir,
    port: PORT,
    onProgress: (message) => console.log(message),
  })
  console.log('making a clip to start from')
  const client = await logIn(stack.apiUrl)
  const videoId = await finishedClip(client)
  const picture = join(dir, 'dawn.png')
  writeFileSync(picture, pictureOfDawn({ width: 1280, height: 720 }))
  console.log(examples(stack.apiUrl, videoId, picture))
} catch (error) {
  console.error(`Reelay did not start: ${(error as Error).message}`)
  process.exit(1)
}

async function logIn(baseUrl: string): Promise<ReelayClient> {
  const guest = createClient({ baseUrl })
  await guest.register(user).catch((error) => {
    if (!(error instanceof ReelayError && error.code === 'username_taken')) throw error
  })
  return guest.login(user.username, user.password)
}

/** The simulator forgets at its end, so nothing is remixed from a clip of an earlier start: each start makes one. */
async function finishedClip(client: ReelayClient): Promise<string> {
  const { videoId } = await client.createTask({
    prompt: 'A lighthouse in a storm',
    size: '1280x720',
    seconds: '4',
  })
  for await (const { status, errorMessage } of client.follow(videoId)) {
    if (status === 'FAILED') throw new Error(`the first clip failed: ${errorMessage}`)
  }
  return videoId
}

function examples(api: string, videoId: string, picture: string): string {
  return `
Open ${api}/studio/   user: ${user.username}   password: ${user.password}
The api is ${api}. Logs: ${relative(process.cwd(), join(dir, 'logs'))}/        Stop with Ctrl-C

TOKEN=$(curl -s ${api}/api/auth/login -H 'content-type: application/json' \\
  -d '{"username":"${user.username}","password":"${user.password}"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')

# one's finished clips
curl -s "${api}/api/video/tasks?status=COMPLETED" -H "authorization: Bearer $TOKEN"

# a remix of one
curl -s ${api}/api/video/tasks/${videoId}/remix -H "authorization: Bearer $TOKEN" \\
  -H 'content-type: application/json' -d '{"prompt":"the storm is over, gulls at dawn"}'

# a video that begins with a picture
curl -s ${api}/api/video/tasks -H "authorization: Bearer $TOKEN" \\
  -F 'prompt=the first boat leaves the harbour' -F size=1280x720 -F 'input_reference=@"${picture}"'

# the live feed
curl -N "${api}/api/sse/task-updates?token=$TOKEN"
`
}
