import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { useTexts } from '../i18n/texts.ts'
import { Button } from '../ui/Button.tsx'
import { pictureProblem, pictureTypes } from './picture.ts'

type PictureFieldProps = {
  picture: File | null
  /** What the api says of it. */
  problem: string | undefined
  onChange: (picture: File | null) => void
}

/** A picture by file or by drop, and how it looks. */
export function PictureField({ picture, problem, onChange }: PictureFieldProps) {
  const words = useTexts().create
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [ownProblem, setOwnProblem] = useState<ReturnType<typeof pictureProblem>>()
  const [isOver, setOver] = useState(false)
  const address = useObjectUrl(picture)
  const told = ownProblem ? words[ownProblem] : problem

  function take(file: File | undefined): void {
    if (!file) return
    const wrong = pictureProblem(file)
    setOwnProblem(wrong)
    if (!wrong) onChange(file)
  }

  function remove(): void {
    setOwnProblem(undefined)
    onChange(null)
    if (input.current) input.current.value = ''
    input.current?.focus()
  }

  return (
    <fieldset
      class={`field picture ${isOver ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        take(event.dataTransfer?.files[0])
      }}
    >
      <label class="field-label" for={id}>
        {words.picture} <span class="field-note">({useTexts().optional})</span>
      </label>
      <div class="picture-frame">
        {address ? (
          <img class="picture-preview" src={address} alt={words.pictureAlt} />
        ) : (
          <p class="soft small">{words.drop}</p>
        )}
        <input
          ref={input}
          id={id}
          class="picture-input"
          type="file"
          accept={pictureTypes.join()}
          aria-describedby={`${id}-problem ${id}-hint`}
          aria-invalid={told !== undefined}
          onChange={({ currentTarget }) => take(currentTarget.files?.[0])}
        />
        {picture && (
          <Button look="quiet" onClick={remove}>
            {words.removePicture}
          </Button>
        )}
      </div>
      <p class="field-problem" id={`${id}-problem`} role="alert" hidden={told === undefined}>
        {told}
      </p>
      <p class="field-note" id={`${id}-hint`}>
        {words.pictureHint}
      </p>
    </fieldset>
  )
}

/** An address for a file of this page, for as long as it is shown. */
function useObjectUrl(file: File | null): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!file) return
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => {
      URL.revokeObjectURL(made)
      setUrl(undefined)
    }
  }, [file])
  return url
}
