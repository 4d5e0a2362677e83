import type { ClipType } from './clip.ts'

/** What holds a clip. Matroska is WebM with more codecs: upstream may send it, but few take it. */
export type Container = ClipType | 'video/x-matroska'

export const TELLING_BYTES = 64

const boxes = /^(ftyp|styp|moov|moof|mdat|free|skip|wide|pnot|sidx|uuid)$/
/** Pictures and sound share the box that says what a file is. */
const otherBrands = /^(avi[fs]|hei[cfmsx]|hev[cmsx]|mi[af]1|msf1|M4[ABP] |jp2 |jpx |crx )$/

export function containerOf(head: Buffer): Container | undefined {
  const text = head.toString('latin1')
  if (/^RIFF.{4}AVI /s.test(text)) return 'video/x-msvideo'
  if (text.startsWith('\x1aE\xdf\xa3')) {
    return /B\x82.{1,8}webm/s.test(text) ? 'video/webm' : 'video/x-matroska'
  }

  // The size of a box comes before its name: no text begins so.
  const name = text.slice(4, 8)
  const brand = text.slice(8, 12)
  if (!boxes.test(name) || (head[0] ?? 0) >= 0x20) return undefined
  if (name !== 'ftyp') return 'video/mp4'
  if (brand.length < 4 || otherBrands.test(brand)) return undefined
  return brand === 'qt  ' ? 'video/quicktime' : 'video/mp4'
}
