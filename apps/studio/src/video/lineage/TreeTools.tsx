import { Button } from '../../ui/Button.tsx'
import { useTexts } from '../use-texts.ts'
import type { ViewControls } from './use-view.ts'

export function TreeTools({ view }: { view: Pick<ViewControls, 'zoom' | 'fit' | 'centre'> }) {
  const texts = useTexts().lineage
  return (
    <div class="lineage-tools">
      <Button aria-label={texts.zoomOut} onClick={() => view.zoom(0.8)}>
        −
      </Button>
      <Button aria-label={texts.zoomIn} onClick={() => view.zoom(1.25)}>
        +
      </Button>
      <Button onClick={view.fit}>{texts.fit}</Button>
      <Button onClick={view.centre}>{texts.centre}</Button>
    </div>
  )
}
