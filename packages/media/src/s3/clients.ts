import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { isSilence, silence } from './errors.ts'
import { type S3Options, SILENCE_MS } from './options.ts'

const CONNECT_TIMEOUT_MS = 5000

export type S3Clients = ReturnType<typeof createClients>

/**
 * One client for all but bodies that are read: these may rest for as long as their reader does, and take as many
 * connections as there are readers.
 */
export function createClients(options: S3Options) {
  const { silenceMs = SILENCE_MS } = options
  const timeouts = { connectionTimeout: Math.min(CONNECT_TIMEOUT_MS, silenceMs) }
  const agent = { maxSockets: Number.POSITIVE_INFINITY }
  return {
    client: createClient(options, { ...timeouts, socketTimeout: silenceMs }),
    reader: createClient(options, { ...timeouts, socketTimeout: 0, httpAgent: agent, httpsAgent: agent }),
    silenceMs,
  }
}

function createClient(
  options: S3Options,
  requestHandler: S3ClientConfig['requestHandler'] & object,
): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey } = options
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 3,
    retryMode: 'standard',
    requestChecksumCalculation: 'WHEN_SUPPORTED',
    responseChecksumValidation: 'WHEN_SUPPORTED',
    // Servers that don't know it cost seconds a part.
    expectContinueHeader: false,
    requestHandler,
  })
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args)
      } catch (error) {
        // Under its own name it would be tried again, for as long each time.
        throw isSilence(error) ? silence() : error
      }
    },
    { step: 'deserialize', name: 'silence', priority: 'low' },
  )
  return client
}
