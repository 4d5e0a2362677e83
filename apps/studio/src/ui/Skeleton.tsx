import './skeleton.css'

type SkeletonProps = { width?: string; height?: string; ratio?: string }

/** A grey box in the place of something that is on its way; without a height or a ratio a line of text. */
export function Skeleton({ width, height, ratio }: SkeletonProps) {
  const isLine = height === undefined && ratio === undefined
  return (
    <div
      class={`skeleton ${isLine ? 'line' : ''}`}
      style={{ width, height, aspectRatio: ratio }}
      aria-hidden="true"
    />
  )
}
