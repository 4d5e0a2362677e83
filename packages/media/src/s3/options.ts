export type S3Options = {
  endpoint: string
  region: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
  silenceMs?: number
}

export const SILENCE_MS = 15_000
