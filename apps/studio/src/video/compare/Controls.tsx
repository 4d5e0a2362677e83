import type { RefObject } from 'preact'
import { Button } from '../../ui/Button.tsx'
import { useTexts } from '../use-texts.ts'
import type { Pair, PairState } from './pair.ts'

type Props = { pair: RefObject<Pair | undefined>; state: PairState }

export function Controls({ pair, state: { time, duration, isPlaying, isMuted } }: Props) {
  const texts = useTexts().compare
  return (
    <div class="compare-controls">
      <Button look="main" onClick={() => pair.current?.toggle()}>
        {isPlaying ? texts.pause : texts.play}
      </Button>
      <Button aria-label={texts.previous} onClick={() => pair.current?.step(-1)}>
        ‹
      </Button>
      <Button aria-label={texts.next} onClick={() => pair.current?.step(1)}>
        ›
      </Button>
      <input
        type="range"
        class="compare-position"
        min={0}
        max={duration}
        step="any"
        value={time}
        aria-label={texts.position}
        aria-valuetext={`${time.toFixed(2)} s`}
        onInput={({ currentTarget }) => pair.current?.seek(currentTarget.valueAsNumber)}
      />
      <output class="compare-time">{`${time.toFixed(2)} / ${duration.toFixed(2)} s`}</output>
      <Button aria-pressed={isMuted} onClick={() => pair.current?.mute(!isMuted)}>
        {texts.mute}
      </Button>
      <p class="compare-hint">{texts.keys}</p>
    </div>
  )
}
