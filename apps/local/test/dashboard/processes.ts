import { quantiles, type Row, rate } from './panel.ts'

export const edge: Row = {
  title: 'Api and feed',
  panels: [
    {
      id: 26,
      title: 'Requests by status',
      about: 'Feeds excepted.',
      unit: 'reqps',
      queries: [[rate('status', 'reelay_http_request_seconds_count'), '{{status}}']],
    },
    {
      id: 27,
      title: 'Time of requests',
      about: 'Until the answer was written. A remix waits for acceptance for two seconds at most.',
      unit: 's',
      queries: quantiles('reelay_http_request_seconds_bucket'),
    },
    {
      id: 28,
      title: 'Slowest routes',
      about: 'The five with the longest p99.',
      unit: 's',
      queries: [
        [
          `topk(5, histogram_quantile(0.99, ${rate('le, method, route', 'reelay_http_request_seconds_bucket')}))`,
          '{{method}} {{route}}',
        ],
      ],
    },
    {
      id: 29,
      title: 'Server errors',
      about: 'Their share of all answers.',
      unit: 'percentunit',
      queries: [
        [
          'sum(rate(reelay_http_request_seconds_count{status=~"5.."}[$__rate_interval])) / sum(rate(reelay_http_request_seconds_count[$__rate_interval]))',
          '5xx',
        ],
      ],
    },
    {
      id: 30,
      title: 'Open feeds',
      about: 'By process.',
      queries: [['max by (instance) (reelay_feed_connections)', '{{instance}}']],
    },
    {
      id: 31,
      title: 'Delay of the feed',
      about: 'From a move to an api hearing of it through Redis.',
      unit: 's',
      queries: quantiles('reelay_feed_delay_seconds_bucket'),
    },
    {
      id: 32,
      title: 'Deliveries',
      about: 'Changes handed to open feeds.',
      unit: 'cpm',
      queries: [['60 * sum(rate(reelay_feed_deliveries_total[$__rate_interval]))', 'deliveries']],
    },
  ],
}

export const processes: Row = {
  title: 'Processes and stores',
  panels: [
    {
      id: 33,
      title: 'Processes that answer',
      about: 'By the job that scrapes them.',
      queries: [['sum by (job) (up{job=~"reelay-.*"})', '{{job}}']],
    },
    {
      id: 34,
      title: 'Delay of the event loop',
      about: 'The p99 of its turns since the last scrape.',
      unit: 's',
      queries: [['max by (job, instance) (reelay_nodejs_eventloop_lag_p99_seconds)', '{{job}} {{instance}}']],
    },
    {
      id: 35,
      title: 'Memory',
      about: 'Resident, by process.',
      unit: 'bytes',
      queries: [['max by (job, instance) (reelay_process_resident_memory_bytes)', '{{job}} {{instance}}']],
    },
    {
      id: 36,
      title: 'CPU',
      about: 'Cores that each process used.',
      queries: [[rate('job, instance', 'reelay_process_cpu_seconds_total'), '{{job}} {{instance}}']],
    },
    {
      id: 37,
      title: 'Stores that answer',
      about: 'Whether every process reaches Postgres and Redis.',
      queries: [
        ['min(reelay_postgres_up)', 'Postgres'],
        ['min(reelay_redis_up)', 'Redis'],
      ],
      isYesOrNo: true,
    },
    {
      id: 38,
      title: 'Queries for each connection',
      about: 'Over 1, queries of a process wait for a connection.',
      queries: [
        [
          'max by (job, instance) (reelay_postgres_queries_in_flight / reelay_postgres_pool_connections)',
          '{{job}} {{instance}}',
        ],
      ],
    },
    {
      id: 39,
      title: 'Memory of Redis',
      about: 'And its limit, where it has one.',
      unit: 'bytes',
      queries: [
        ['max(reelay_redis_memory_used_bytes)', 'used'],
        ['max(reelay_redis_memory_max_bytes) > 0', 'limit'],
      ],
    },
    {
      id: 40,
      title: 'Redis keeps every key',
      about: 'Jobs are lost where it evicts. evicted: keys thrown away since it began.',
      queries: [
        ['min(reelay_redis_noeviction)', 'noeviction'],
        ['max(reelay_redis_evicted_keys)', 'evicted'],
      ],
    },
  ],
}
