import { type Bounds, card, type TreeNode } from './layout-tree.ts'

/** A point of the tree is shown at `x + scale * point.x`, and so on. */
export type View = { x: number; y: number; scale: number }
export type Size = { width: number; height: number }
export type Point = { x: number; y: number }

const SMALLEST = 0.06
const LARGEST = 2
const MARGIN = 24
/** How much of the tree stays in sight, so that nobody drags it away for good. */
const KEPT = 48
/** Beyond what is in view so much of its size is drawn, too, so that panning meets cards that are there. */
const AHEAD = 0.5

export function panned(view: View, byX: number, byY: number): View {
  return { ...view, x: view.x + byX, y: view.y + byY }
}

/** The point under the cursor or between the fingers stays where it is. */
export function zoomed(view: View, factor: number, at: Point): View {
  const scale = clamp(view.scale * factor, SMALLEST, LARGEST)
  const grown = scale / view.scale
  return { scale, x: at.x - (at.x - view.x) * grown, y: at.y - (at.y - view.y) * grown }
}

/** All of it, never larger than it is. A tree that is too large even so is shown from its middle. */
export function fitted({ left, top, right, bottom }: Bounds, size: Size): View {
  const wide = (size.width - 2 * MARGIN) / (right - left)
  const high = (size.height - 2 * MARGIN) / (bottom - top)
  const scale = clamp(Math.min(wide, high, 1), SMALLEST, 1)
  return {
    scale,
    x: (size.width - scale * (left + right)) / 2,
    y: (size.height - scale * (top + bottom)) / 2,
  }
}

export function centred({ x, y }: Pick<TreeNode, 'x' | 'y'>, size: Size, scale: number): View {
  return {
    scale,
    x: size.width / 2 - scale * (x + card.width / 2),
    y: size.height / 2 - scale * (y + card.height / 2),
  }
}

/** As little as it takes to have the whole card in view. */
export function revealing(view: View, { x, y }: Pick<TreeNode, 'x' | 'y'>, size: Size): View {
  const left = view.x + view.scale * x
  const top = view.y + view.scale * y
  return panned(
    view,
    shift(left, left + view.scale * card.width, size.width),
    shift(top, top + view.scale * card.height, size.height),
  )
}

export function kept(view: View, { left, top, right, bottom }: Bounds, size: Size): View {
  const { scale } = view
  return {
    scale,
    x: clamp(view.x, KEPT - scale * right, size.width - KEPT - scale * left),
    y: clamp(view.y, KEPT - scale * bottom, size.height - KEPT - scale * top),
  }
}

/** What of the tree is in view, and `AHEAD` more on every side. */
export function areaOf(view: View, size: Size, ahead = AHEAD): Bounds {
  const [dx, dy] = [size.width * ahead, size.height * ahead]
  return {
    left: (-view.x - dx) / view.scale,
    top: (-view.y - dy) / view.scale,
    right: (size.width + dx - view.x) / view.scale,
    bottom: (size.height + dy - view.y) / view.scale,
  }
}

export function covers(outer: Bounds, inner: Bounds): boolean {
  return (
    outer.left <= inner.left &&
    outer.top <= inner.top &&
    outer.right >= inner.right &&
    outer.bottom >= inner.bottom
  )
}

export function isWithin({ x, y }: Pick<TreeNode, 'x' | 'y'>, { left, top, right, bottom }: Bounds): boolean {
  return x + card.width >= left && x <= right && y + card.height >= top && y <= bottom
}

function shift(start: number, end: number, length: number): number {
  if (start < MARGIN) return MARGIN - start
  if (end > length - MARGIN) return Math.max(length - MARGIN - end, MARGIN - start)
  return 0
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}
