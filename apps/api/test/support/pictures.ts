import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { chunk, end, header, png } from '../../../../packages/media/test/pictures/pictures.ts'
import type { TestApp } from './test-app.ts'

export const MIB = 1024 * 1024

export function fixture(name: string): Buffer {
  return readFileSync(new URL(`../../../../packages/media/test/fixtures/${name}`, import.meta.url))
}

/** A PNG of this many bytes, 48 × 32. */
export function aPng(bytes: number): Buffer {
  const around = png(header(48, 32), chunk('IDAT', Buffer.alloc(0)), end).length
  return png(header(48, 32), chunk('IDAT', Buffer.alloc(bytes - around, 'reelay')), end)
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function dataUrl(bytes: Buffer, type = 'image/png'): string {
  return `data:${type};base64,${bytes.toString('base64')}`
}

export type Part = { name: string; value: string | Buffer; file?: string; type?: string }

/** A form in the order of its parts. */
export function aForm(...parts: Part[]) {
  const spelled = parts.flatMap(({ name, value, file, type }) => [
    `--cut\r\ncontent-disposition: form-data; name="${name}"`,
    ...(file === undefined ? [] : [`; filename="${file}"`]),
    ...(type === undefined ? [] : [`\r\ncontent-type: ${type}`]),
    '\r\n\r\n',
    value,
    '\r\n',
  ])
  return {
    payload: Buffer.concat([...spelled, '--cut--\r\n'].map((piece) => Buffer.from(piece as string))),
    headers: { 'content-type': 'multipart/form-data; boundary=cut' },
  }
}

export const prompt: Part = { name: 'prompt', value: 'a cat' }

export function aFile(
  value: string | Buffer,
  { name = 'input_reference', file = 'a.png', type = 'image/png' } = {},
) {
  return { name, value, file, type }
}

/** All that requests may leave: rows, jobs, objects, and files under no name that this process holds open. */
export async function traces(api: TestApp) {
  const objects = await Array.fromAsync(api.store.list(''), ({ key }) => key)
  return { ...(await api.counts()), objects: objects.sort(), files: spooledFiles() }
}

/** Files that are open and gone from their folder. */
export function spooledFiles(): number {
  return readdirSync('/proc/self/fd').filter((fd) => /reelay-[0-9a-f-]{36} \(deleted\)$/.test(linkOf(fd)))
    .length
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}
