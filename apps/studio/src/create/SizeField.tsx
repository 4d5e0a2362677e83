import { useId } from 'preact/hooks'
import { useTexts } from '../i18n/texts.ts'

const sizes = [
  { value: '', name: 'auto', shape: undefined },
  { value: '1280x720', name: 'wide', shape: '16 / 9' },
  { value: '720x1280', name: 'tall', shape: '9 / 16' },
  { value: '720x720', name: 'square', shape: '1' },
] as const

type SizeFieldProps = { size: string; problem: string | undefined; onChange: (size: string) => void }

/** Shapes say more than numbers. */
export function SizeField({ size, problem, onChange }: SizeFieldProps) {
  const words = useTexts().create
  const id = useId()
  return (
    <fieldset class="field" aria-describedby={id}>
      <legend class="field-label">{words.size}</legend>
      <div class="sizes">
        {sizes.map(({ value, name, shape }) => (
          <label key={value} class="size">
            <input
              type="radio"
              name="size"
              value={value}
              checked={value === size}
              onChange={() => onChange(value)}
            />
            <span class="size-frame" aria-hidden="true">
              {shape && <span class="size-shape" style={{ aspectRatio: shape }} />}
            </span>
            <span>{words.sizes[name]}</span>
            <span class="field-note">{value.replace('x', ' × ')}</span>
          </label>
        ))}
      </div>
      <p id={id} class="field-problem" role="alert" hidden={problem === undefined}>
        {problem}
      </p>
    </fieldset>
  )
}
