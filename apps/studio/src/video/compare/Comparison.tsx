import type { Task } from '@reelay/contracts/task'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Choice } from '../../ui/Choice.tsx'
import { aspectOf } from '../aspect.ts'
import { useTexts } from '../use-texts.ts'
import { ComparedClip } from './ComparedClip.tsx'
import { Controls } from './Controls.tsx'
import { createPair, type Pair, type PairState } from './pair.ts'
import { useKeys } from './use-keys.ts'
import './compare.css'

const modes = ['slider', 'sideBySide'] as const
type Mode = (typeof modes)[number]

const AT_FIRST: PairState = { time: 0, duration: 0, isPlaying: false, isMuted: true }

/** Two clips that play as one: one over the other with a divider, or side by side. */
export function Comparison({ source, remix }: { source: Task; remix: Task }) {
  const texts = useTexts().compare
  const [mode, setMode] = useState<Mode>('slider')
  const [divider, setDivider] = useState(50)
  const { sourceRef, remixRef, pair, state } = usePair()
  useKeys(pair)
  const aspect = aspectOf(source)
  return (
    <div class="compare">
      <Choice
        label={texts.view}
        value={mode}
        options={modes.map((value) => ({ value, label: texts[value] }))}
        onChange={setMode}
      />
      <div class={`compare-stage ${mode}`} style={{ '--aspect': String(aspect), '--divider': `${divider}%` }}>
        <ComparedClip task={source} name={texts.source} side="source" elementRef={sourceRef} />
        <ComparedClip task={remix} name={texts.remix} side="remix" elementRef={remixRef} />
        {mode === 'slider' && (
          <input
            type="range"
            class="compare-divider"
            min={0}
            max={100}
            step={1}
            value={divider}
            aria-label={texts.divider}
            aria-valuetext={`${divider} %`}
            onInput={({ currentTarget }) => setDivider(currentTarget.valueAsNumber)}
          />
        )}
      </div>
      <Controls pair={pair} state={state} />
    </div>
  )
}

/** The pair begins once both players are there, and ends with them. */
function usePair() {
  const sourceRef = useRef<HTMLVideoElement>(null)
  const remixRef = useRef<HTMLVideoElement>(null)
  const pair = useRef<Pair>()
  const [state, setState] = useState(AT_FIRST)
  useEffect(() => {
    if (!sourceRef.current || !remixRef.current) return
    const created = createPair(sourceRef.current, remixRef.current, setState)
    pair.current = created
    return () => created.close()
  }, [])
  return { sourceRef, remixRef, pair, state }
}
