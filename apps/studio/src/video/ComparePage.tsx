import { Page } from '../ui/Page.tsx'

export function ComparePage({ videoId }: { videoId: string }) {
  return <Page title={videoId}>{null}</Page>
}
