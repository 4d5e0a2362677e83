import { useEffect } from 'preact/hooks'
import type { ViewControls } from './use-view.ts'
import type { Point } from './view.ts'

/** A pointer that moves less than this clicks. */
const CLICK_PX = 5
const WHEEL_SPEED = 0.0015
const LINE_PX = 16

/** Drags, pinches and turns of the wheel within the frame. */
export function useGestures({ frame, pan, zoom, scale }: ViewControls) {
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const listening = new AbortController()
    const { signal } = listening
    listenToPointers(element, { pan, zoom }, signal)
    // Not passive: the page must not scroll, too.
    element.addEventListener('wheel', (event) => turn(event, element, { zoom, scale }), {
      passive: false,
      signal,
    })
    element.addEventListener('dragstart', (event) => event.preventDefault(), { signal })
    return () => listening.abort()
  }, [frame, pan, zoom, scale])
}

function turn(
  event: WheelEvent,
  element: HTMLElement,
  { zoom, scale }: Pick<ViewControls, 'zoom' | 'scale'>,
) {
  const before = scale()
  const px = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * LINE_PX
  // A pinch on a trackpad comes as a wheel with ctrl, in small steps.
  zoom(Math.exp(-px * WHEEL_SPEED * (event.ctrlKey ? 6 : 1)), within(element, event))
  // Where it can't be zoomed further, the page scrolls.
  if (scale() !== before || event.ctrlKey) event.preventDefault()
}

function listenToPointers(
  element: HTMLElement,
  { pan, zoom }: Pick<ViewControls, 'pan' | 'zoom'>,
  signal: AbortSignal,
) {
  const pointers = new Map<number, Point>()
  let start: Point | undefined
  let isDragged = false

  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return
      if (pointers.size === 0) {
        start = within(element, event)
        isDragged = false
      }
      pointers.set(event.pointerId, within(element, event))
    },
    { signal },
  )
  element.addEventListener(
    'pointermove',
    (event) => {
      const before = pointers.get(event.pointerId)
      if (!before || !start) return
      // Let go of outside.
      if (event.buttons === 0) return void pointers.delete(event.pointerId)
      const now = within(element, event)
      if (!isDragged && distance(start, now) < CLICK_PX && pointers.size === 1) return
      isDragged = true
      element.setPointerCapture(event.pointerId)
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1]
      pointers.set(event.pointerId, now)
      if (!other) return pan(now.x - before.x, now.y - before.y)
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }
      zoom(distance(now, other) / Math.max(1, distance(before, other)), middle)
      pan((now.x - before.x) / 2, (now.y - before.y) / 2)
    },
    { signal },
  )
  for (const end of ['pointerup', 'pointercancel'] as const)
    element.addEventListener(end, ({ pointerId }) => pointers.delete(pointerId), { signal })
  // The end of a drag is no click on what happens to be there.
  element.addEventListener(
    'click',
    (event) => {
      if (!isDragged || event.detail === 0) return
      event.preventDefault()
      event.stopPropagation()
      isDragged = false
    },
    { signal, capture: true },
  )
}

function within(element: HTMLElement, { clientX, clientY }: MouseEvent): Point {
  const { left, top } = element.getBoundingClientRect()
  return { x: clientX - left, y: clientY - top }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}
