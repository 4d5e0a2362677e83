export type S3Options = {
  endpoint: string
  region: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
  /** How long the server may say nothing and take nothing. */
  silenceMs?: number
}

export const SILENCE_MS = 15_000
