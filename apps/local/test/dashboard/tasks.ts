import { perMinute, quantiles, type Row, rate } from './panel.ts'

const SUBMITS = 'reelay_upstream_calls_total{operation="submit"}'
const POLLS = 'reelay_upstream_calls_total{operation="retrieve"}'
const UNANSWERED = 'reelay_upstream_calls_total{operation="retrieve",outcome=~"trouble|limited|error"}'

export const tasks: Row = {
  title: 'Tasks',
  panels: [
    {
      id: 1,
      title: 'Unfinished tasks',
      about: 'By status, as every process reads them in Postgres.',
      queries: [['max by (status) (reelay_tasks)', '{{status}}']],
    },
    {
      id: 2,
      title: 'Moves',
      about: 'Progress counts as a move to PROCESSING.',
      unit: 'cpm',
      queries: [[perMinute('status, error_code', 'reelay_task_moves_total'), '{{status}} {{error_code}}']],
    },
    {
      id: 3,
      title: 'Oldest task',
      about: 'How long ago it came to be QUEUED or PROCESSING.',
      unit: 's',
      queries: [['max by (status) (reelay_tasks_oldest_seconds)', '{{status}}']],
    },
    {
      id: 4,
      title: 'Overdue tasks',
      about: 'They are polled every minute, and may still complete.',
      queries: [['max by (status) (reelay_tasks_overdue)', '{{status}}']],
    },
  ],
}

export const submits: Row = {
  title: 'Submits',
  panels: [
    {
      id: 5,
      title: 'Submits by outcome',
      about: 'What each credential was told. Only created pays.',
      unit: 'cpm',
      queries: [[perMinute('upstream, credential, outcome', SUBMITS), '{{credential}} {{outcome}}']],
    },
    {
      id: 6,
      title: 'Holds',
      about: 'Credentials whose submits only probe their upstream, and why.',
      queries: [
        ['max by (upstream, credential, because) (reelay_submits_held) > 0', '{{credential}} {{because}}'],
      ],
    },
    {
      id: 7,
      title: 'Permits',
      about: 'Videos that a credential makes or may be making, and its maxInFlight.',
      queries: [
        ['max by (upstream, credential) (reelay_permits_in_use)', '{{credential}}'],
        ['max by (upstream, credential) (reelay_permits_limit)', '{{credential}} limit'],
      ],
    },
    {
      id: 8,
      title: 'Open submissions',
      about: 'in_doubt: a video may have been made, and is looked for.',
      queries: [['max by (outcome) (reelay_submissions_open)', '{{outcome}}']],
    },
    {
      id: 9,
      title: 'Oldest open submission',
      about: 'How long ago it began.',
      unit: 's',
      queries: [['max by (outcome) (reelay_submissions_open_oldest_seconds)', '{{outcome}}']],
    },
    {
      id: 10,
      title: 'Unknown submissions',
      about: 'Of the last hour: whether these videos were made, and paid for, is not known.',
      queries: [['sum(increase(reelay_task_moves_total{error_code="submission_unknown"}[1h]))', 'unknown']],
    },
  ],
}

export const upstream: Row = {
  title: 'Upstream',
  panels: [
    {
      id: 11,
      title: 'Polls by outcome',
      about: 'What upstream said of videos that it makes.',
      unit: 'cpm',
      queries: [[perMinute('upstream, credential, outcome', POLLS), '{{credential}} {{outcome}}']],
    },
    {
      id: 12,
      title: 'Time of calls',
      about: 'Until upstream has answered, connecting included.',
      unit: 's',
      queries: quantiles('reelay_upstream_seconds_bucket', 'operation'),
    },
    {
      id: 13,
      title: 'Polls without an answer',
      about: 'Their share of all polls.',
      unit: 'percentunit',
      queries: [
        [
          `${rate('upstream, credential', UNANSWERED)} / ${rate('upstream, credential', POLLS)}`,
          '{{credential}}',
        ],
      ],
    },
    {
      id: 14,
      title: 'Tasks at gone credentials',
      about: 'They wait for a credential that the file of upstreams no longer names.',
      queries: [['max by (upstream, credential) (reelay_tasks_at_gone_credentials)', '{{credential}}']],
    },
    {
      id: 15,
      title: 'Videos found again',
      about: 'Upstream had said that there is no such video.',
      unit: 'cpm',
      queries: [[perMinute('upstream, credential', 'reelay_videos_found_again_total'), '{{credential}}']],
    },
  ],
}
