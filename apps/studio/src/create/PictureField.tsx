import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { useTexts } from '../i18n/texts.ts'
import { Button } from '../ui/Button.tsx'
import { pictureProblem, pictureTypes } from './picture.ts'

type PictureFieldProps = {
  picture: File | null
  problem: string | undefined
  onChange: (picture: File | null) => void
}

/** A picture by file or by drop, and how it looks. */
export function PictureField({ picture, problem, onChange }: PictureFieldProps) {
  const { create: words, optional } = useTexts()
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
      <p class="field-label" id={`${id}-label`}>
        {words.picture} <span class="field-note">({optional})</span>
      </p>
      <div class="picture-frame">
        {address && <img class="picture-preview" src={address} alt={words.pictureAlt} />}
        <label class="button picture-choose">
          {words.choose}
          <input
            ref={input}
            class="unseen"
            type="file"
            accept={pictureTypes.join()}
            aria-labelledby={`${id}-label`}
            aria-describedby={`${id}-problem ${id}-hint`}
            aria-invalid={told !== undefined}
            onChange={({ currentTarget }) => take(currentTarget.files?.[0])}
          />
        </label>
        {picture ? (
          <Button look="quiet" onClick={remove}>
            {words.removePicture}
          </Button>
        ) : (
          <span class="soft small">{words.drop}</span>
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
