import type { RefObject } from 'preact'
import { type MutableRef, useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type Bounds, boundsOf, type TreeLayout } from './layout-tree.ts'
import {
  areaOf,
  centred,
  covers,
  fitted,
  kept,
  type Point,
  panned,
  revealing,
  type Size,
  type View,
  zoomed,
} from './view.ts'

/** Smaller than this a card is only a spot of colour. */
const READABLE = 0.4
/** What is at least as large is shown as a whole at first. */
const FITS = 0.6
const ALONE = 0.85
const TOO_MUCH = 2

/** What is to be drawn: more than is in view, so that moving on needs no drawing. */
export type Drawn = { area: Bounds; isReadable: boolean }
export type ViewControls = ReturnType<typeof useView>

/**
 * Pans and zooms a tree. The layer is moved by its transform alone; it is drawn anew only when the view leaves what
 * was drawn.
 */
export function useView(layout: TreeLayout) {
  const frame = useRef<HTMLDivElement>(null)
  const layer = useRef<HTMLDivElement>(null)
  const current = useRef<View | undefined>(undefined)
  const latest = useRef(layout)
  // Until somebody moves it, it is shown as at first whatever becomes of its size.
  const isMoved = useRef(false)
  const drawnNow = useRef<Drawn | undefined>(undefined)
  const [drawn, setDrawn] = useState<Drawn>()

  const show = useCallback((wanted: View, { glides = false } = {}) => {
    if (!frame.current || !layer.current) return
    const size = sizeOf(frame.current)
    const view = kept(wanted, latest.current.bounds, size)
    current.current = view
    layer.current.classList.toggle('glides', glides)
    layer.current.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`
    const isReadable = view.scale >= READABLE
    if (drawnNow.current?.isReadable === isReadable && isEnough(drawnNow.current.area, view, size)) return
    drawnNow.current = { area: areaOf(view, size), isReadable }
    setDrawn(drawnNow.current)
  }, [])

  const change = useCallback(
    (next: (view: View, size: Size) => View, options?: { glides?: boolean }) => {
      if (!frame.current || !current.current) return
      isMoved.current = true
      show(next(current.current, sizeOf(frame.current)), options)
    },
    [show],
  )

  useLayoutEffect(() => {
    const before = latest.current
    latest.current = layout
    if (isMoved.current) change((view) => anchored(view, before, layout))
    else if (frame.current) show(atFirst(layout, sizeOf(frame.current)))
  }, [layout, show, change])

  useResizes(frame, (from, to) => {
    if (isMoved.current)
      change((view) => panned(view, (to.width - from.width) / 2, (to.height - from.height) / 2))
    else show(atFirst(latest.current, to))
  })

  return {
    frame,
    layer,
    drawn,
    ...useMoves(change, latest),
    /** The scale now, to know whether a wheel can go on. */
    scale: () => current.current?.scale ?? 1,
  }
}

type Change = (next: (view: View, size: Size) => View, options?: { glides?: boolean }) => void

/** What a person can do to the view. Each stays the same function. */
function useMoves(change: Change, latest: MutableRef<TreeLayout>) {
  return {
    pan: useCallback((x: number, y: number) => change((view) => panned(view, x, y)), [change]),
    zoom: useCallback(
      (factor: number, at?: Point) =>
        change((view, size) => zoomed(view, factor, at ?? { x: size.width / 2, y: size.height / 2 }), {
          glides: !at,
        }),
      [change],
    ),
    fit: useCallback(
      () => change((_, size) => fitted(latest.current.bounds, size), { glides: true }),
      [change, latest],
    ),
    centre: useCallback(
      () =>
        change((view, size) => centred(selfOf(latest.current), size, Math.max(view.scale, FITS)), {
          glides: true,
        }),
      [change, latest],
    ),
    reveal: useCallback(
      (place: Point) => change((view, size) => revealing(view, place, size), { glides: true }),
      [change],
    ),
  }
}

function useResizes(frame: RefObject<HTMLDivElement>, onResize: (from: Size, to: Size) => void): void {
  const called = useRef(onResize)
  called.current = onResize
  useLayoutEffect(() => {
    let before = frame.current && sizeOf(frame.current)
    const resized = new ResizeObserver(() => {
      if (!frame.current || !before) return
      const [from, to] = [before, sizeOf(frame.current)]
      before = to
      called.current(from, to)
    })
    if (frame.current) resized.observe(frame.current)
    return () => resized.disconnect()
  }, [frame])
}

/** Whether what was drawn has all that is in view, and not far more than that. */
function isEnough(area: Bounds, view: View, size: Size): boolean {
  const wanted = areaOf(view, size)
  const isLean = area.right - area.left < TOO_MUCH * (wanted.right - wanted.left)
  return isLean && covers(area, areaOf(view, size, 0))
}

/** All of it where that is readable; else the video with its nearest, else the video alone. */
function atFirst(layout: TreeLayout, size: Size): View {
  const whole = fitted(layout.bounds, size)
  if (whole.scale >= FITS) return whole
  const self = layout.nodes.find(({ isSelf }) => isSelf)
  const near = self && fitted(boundsOf([self, ...self.children, ...(self.parent ? [self.parent] : [])]), size)
  return near && near.scale >= FITS ? near : centred(selfOf(layout), size, ALONE)
}

/** A tree that grows leaves the video of the page where it is. */
function anchored(view: View, before: TreeLayout, after: TreeLayout): View {
  const [from, to] = [selfOf(before), selfOf(after)]
  return panned(view, view.scale * (from.x - to.x), view.scale * (from.y - to.y))
}

function selfOf({ nodes }: TreeLayout): Point {
  return nodes.find(({ isSelf }) => isSelf) ?? { x: 0, y: 0 }
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): Size {
  return { width: clientWidth, height: clientHeight }
}
