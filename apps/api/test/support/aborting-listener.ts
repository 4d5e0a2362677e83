import { createClient } from '@reelay/client/client'

/** A process that listens, leaves after the first word, and has nothing left to do. */
const [baseUrl = '', token = ''] = process.argv.slice(2)
const leaving = new AbortController()
try {
  for await (const { videoId } of createClient({ baseUrl, token }).watch(leaving)) {
    console.log(videoId)
    leaving.abort()
  }
} catch (error) {
  console.log((error as Error).name)
}
