import type { Report } from './scenario.ts'

const columns: Record<string, (report: Report) => string | number> = {
  scenario: ({ name }) => name,
  tasks: ({ counts }) => counts.tasks,
  faults: ({ faults }) => faults,
  'ended as': ({ counts }) =>
    Object.entries(counts.ends)
      .map(([end, count]) => `${count} ${end}`)
      .join(', '),
  'paid jobs': ({ counts }) => counts.jobs,
  'paid twice': ({ counts }) => counts.doublePayments,
  lost: ({ counts }) => counts.lost,
  events: ({ counts }) => counts.events,
  violations: ({ violations }) => violations.length,
  seconds: ({ seconds }) => Math.round(seconds),
}

export function tableOf(reports: Report[]): string {
  const lines = [
    Object.keys(columns),
    ...reports.map((report) => Object.values(columns).map((of) => of(report))),
  ]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
