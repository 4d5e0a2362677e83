import { useTexts } from '../i18n/texts.ts'
import { Page } from '../ui/Page.tsx'

export function GalleryPage() {
  return <Page title={useTexts().nav.videos}>{null}</Page>
}
