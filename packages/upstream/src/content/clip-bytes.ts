import { ExternalTaskId } from '@reelay/contracts/task'
import type { Reading } from '../dialect/reading.ts'
import { readVideo, type Video } from '../video/video.ts'

export const TELLING_BYTES = 192
const SHORTEST_TELLING = 8

const boxes = new Set(['ftyp', 'styp', 'moov', 'moof', 'mdat', 'free', 'skip', 'wide', 'pnot', 'sidx'])
const otherBoxes = /^ftyp(avi[fs]|hei[cfmsx]|hev[cmsx]|mi[af]1|msf1|M4[ABP] )|^(JXL |jP {2}\r)/
const otherFiles = [
  ...['GIF8', '\x89PNG', '\xff\xd8\xff', '8BPS', 'II*\0', 'MM\0*', 'BM', '\xff\x0a'],
  ...['ID3', 'fLaC', '%PDF-', 'RIFF'],
  ...['PK\x03\x04', '\x1f\x8b\x08', 'BZh', '\xfd7zXZ\0', '7z\xbc\xaf', 'Rar!', '\x28\xb5\x2f\xfd'],
  ...['x\x01', 'x\x9c', 'x\xda'],
]
/** A few icons: without their number it may be the size of a box, or MPEG-4. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these tell
const icon = /^\0\0\x01\0[\x01-\x20]\0/
/** What no text has, in any encoding that ASCII is a part of. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these tell
const control = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/
const wideText = /^(\xff\xfe|\xfe\xff|\0\0\xfe\xff|([\t\n\r -~]\0){4}|(\0[\t\n\r -~]){4})/
const TELLING_LENGTH = 32
const cutBeginning = /^(G.?|RIFF.{0,7}|RI?F?|Og?g?|FL?V?)$/s
const containers: [string, string][] = [
  ['\x1aE\xdf\xa3', 'video/webm'],
  ['OggS', 'video/ogg'],
  ['FLV\x01', 'video/x-flv'],
  ['0&\xb2u\x8ef\xcf\x11', 'video/x-ms-asf'],
  ['\0\0\x01\xb3', 'video/mpeg'],
  ['\0\0\x01\xba', 'video/mpeg'],
]
const vague =
  /^(application\/(octet-stream|mp4|x-mp4|ogg|x-matroska|(x-)?binary|force-download|(x-)?download)|binary\/.*|[^/]*)$/

export function essence(contentType: string | undefined): string {
  return contentType?.split(/[;,]/)[0]?.trim().toLowerCase() ?? ''
}

export function containerOf(head: Buffer): string | undefined {
  const text = head.toString('latin1')
  if (otherBoxes.test(text.slice(4))) return undefined
  // The size of a box comes before its name: no text begins so.
  if (boxes.has(text.slice(4, 8)) && (head[0] ?? 0) < 0x20)
    return text.slice(4, 12) === 'ftypqt  ' ? 'video/quicktime' : 'video/mp4'
  if (/^RIFF.{4}AVI /s.test(text)) return 'video/x-msvideo'
  if (/^G.{187}G/s.test(text) || /^.{4}G.{191}G/s.test(text)) return 'video/mp2t'
  return containers.find(([beginning]) => text.startsWith(beginning))?.[1]
}

/** Whether what has this type and begins like this is a clip. Bytes say more than a label. */
export function isClip(contentType: string | undefined, head: Buffer): boolean {
  if (containerOf(head)) return true
  if (isOther(head)) return false
  return head.length < SHORTEST_TELLING ? maybePartOfClip(contentType) : hasTypeOfClip(contentType)
}

export function maybePartOfClip(contentType: string | undefined): boolean {
  return hasTypeOfClip(contentType) || /^(audio\/.+|text\/plain)$/.test(essence(contentType))
}

export function clipType(contentType: string | undefined, head: Buffer | undefined): string {
  const told = essence(contentType)
  return /^video\/[\w.+-]+$/.test(told) ? told : ((head && containerOf(head)) ?? 'video/mp4')
}

/** Addresses of a clip in what was answered in its place. */
export function addressesIn(text: string, base: URL, reading: Reading): string[] {
  const plain = text.trim()
  if (/^https?:\/\/\S+$/i.test(plain)) return [plain]
  const json = parsed(plain)
  if (typeof json === 'string') return /^(https?:)?\//i.test(json) ? [json] : []
  const body = Array.isArray(json) ? { videos: json, output: json } : json
  const video = readVideo(body, { id: ExternalTaskId.parse('unknown'), base, reading })
  return video ? addressesOf(video) : []
}

export function addressesOf({ url, urls }: Pick<Video, 'url' | 'urls'>): string[] {
  return urls ?? (url ? [url] : [])
}

function isOther(head: Buffer): boolean {
  const text = head.toString('latin1')
  if (cutBeginning.test(text)) return false
  if (otherFiles.some((beginning) => text.startsWith(beginning)) || icon.test(text)) return true
  if (wideText.test(text) || otherBoxes.test(text.slice(4))) return true
  return !control.test(text) && (head.length >= TELLING_LENGTH || isUtf8Beginning(head))
}

function isUtf8Beginning(head: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

function hasTypeOfClip(contentType: string | undefined): boolean {
  const type = essence(contentType)
  return type.startsWith('video/') || vague.test(type)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
