import { parser } from '@prometheus-io/lezer-promql'

export type Expression = { metrics: string[]; groups: string[][]; problems: number[] }

/** The metrics of an expression, the labels that each aggregation keeps, and where it can't be understood. */
export function readExpression(text: string): Expression {
  const metrics: string[] = []
  const groups: string[][] = []
  const problems: number[] = []
  // Grafana's word for a time that fits what is shown.
  const expr = text.replaceAll('$__rate_interval', '5m')
  parser.parse(expr).iterate({
    enter({ type, node, from, to }) {
      if (type.isError) problems.push(from)
      // topk keeps all labels of what it picks.
      if (type.name === 'AggregateExpr' && !expr.startsWith('topk', from)) groups.push([])
      if (node.parent?.name === 'GroupingLabels') groups.at(-1)?.push(expr.slice(from, to))
      if (node.parent?.name === 'VectorSelector' && type.name === 'Identifier')
        metrics.push(expr.slice(from, to))
    },
  })
  return { metrics, groups, problems }
}
