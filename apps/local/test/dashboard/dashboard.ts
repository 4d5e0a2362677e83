import type { Panel, Query, Row } from './panel.ts'
import { edge, processes } from './processes.ts'
import { submits, tasks, upstream } from './tasks.ts'
import { clips, queues } from './work.ts'

export const rows: readonly Row[] = [tasks, submits, upstream, queues, clips, edge, processes]

export const uid = 'reelay'

/** Three panels beside each other, of the twenty-four columns that Grafana has. */
const WIDTH = 8
const HEIGHT = 7
const datasource = { type: 'prometheus', uid: '$datasource' }

/** The dashboard as Grafana reads it. */
export function createDashboard() {
  return {
    uid,
    title: 'Reelay',
    tags: ['reelay'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }],
    },
    annotations: { list: [alertMarks] },
    panels: laidOut(),
  }
}

/** Where an alert that fires began. */
const alertMarks = {
  name: 'Alerts',
  datasource,
  enable: true,
  iconColor: 'red',
  expr: 'ALERTS{alertstate="firing"}',
  titleFormat: '{{alertname}}',
}

function laidOut(): object[] {
  let y = 0
  return rows.flatMap(({ title, panels }, i) => {
    const heading = { id: 1000 + i, type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 } }
    const top = y + 1
    y = top + Math.ceil(panels.length / 3) * HEIGHT
    const placed = panels.map((panel, at) =>
      panelAt(panel, (at % 3) * WIDTH, top + Math.floor(at / 3) * HEIGHT),
    )
    return [heading, ...placed]
  })
}

function panelAt(panel: Panel, x: number, y: number): object {
  return {
    id: panel.id,
    type: 'timeseries',
    title: panel.title,
    description: panel.about,
    datasource,
    gridPos: { x, y, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: fieldsOf(panel), overrides: [] },
    options: {
      legend: { displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: panel.queries.map(target),
  }
}

function fieldsOf({ unit, isYesOrNo }: Panel) {
  const yesOrNo = {
    type: 'value',
    options: { 0: { text: 'no', color: 'red' }, 1: { text: 'yes', color: 'green' } },
  }
  return {
    min: 0,
    ...(unit && { unit }),
    ...(isYesOrNo && { max: 1, decimals: 0, mappings: [yesOrNo] }),
    custom: { lineWidth: 1, fillOpacity: 8, ...(isYesOrNo && { lineInterpolation: 'stepAfter' }) },
  }
}

function target([expr, legendFormat]: Query, at: number) {
  return { refId: 'ABCDEFGH'[at], datasource, expr, legendFormat, editorMode: 'code', range: true }
}
