// The panels of Grafana's dashboard: monitoring/dashboard.json is written from these.
const source = { type: 'prometheus', uid: '${source}' }
const chosen = 'tier=~"$tier"'
const perTier = (expr, legend = '{{tier}}') => [{ expr, legend }]
const percentiles = (stage) =>
  [0.5, 0.95, 0.99].map((share) => ({
    expr: `histogram_quantile(${share}, sum by (le, tier) (rate(ddnn_latency_seconds_bucket{${chosen},stage="${stage}"}[$__rate_interval])))`,
    legend: `{{tier}} p${share * 100}`,
  }))

/** Rows of panels; each has a title, a unit of Grafana's, and queries. */
export const rows = [
  {
    title: 'Answers',
    panels: [
      {
        title: 'Requests',
        unit: 'reqps',
        queries: perTier(
          `sum by (tier, outcome) (rate(ddnn_requests_total{${chosen},outcome!="probe"}[$__rate_interval]))`,
          '{{tier}} {{outcome}}',
        ),
      },
      {
        title: 'Where images leave',
        unit: 'percentunit',
        isStacked: true,
        queries: [
          {
            expr: 'sum by (exit) (rate(ddnn_exit_total[$__rate_interval])) / ignoring (exit) group_left sum(rate(ddnn_exit_total[$__rate_interval]))',
            legend: 'exit {{exit}}',
          },
        ],
      },
      { title: 'Time of an answer', unit: 's', queries: percentiles('total') },
      {
        title: 'Time of a request by stage',
        unit: 's',
        isStacked: true,
        queries: perTier(
          `sum by (tier, stage) (rate(ddnn_latency_seconds_sum{${chosen},stage!~"total|offload"}[$__rate_interval])) / ignoring (stage) group_left sum by (tier) (rate(ddnn_latency_seconds_count{${chosen},stage="total"}[$__rate_interval]))`,
          '{{tier}} {{stage}}',
        ),
      },
    ],
  },
  {
    title: 'When something is wrong',
    panels: [
      { title: 'Ready', unit: 'short', queries: perTier(`min by (tier) (ddnn_ready{${chosen}})`) },
      {
        title: 'Fallbacks',
        unit: 'reqps',
        queries: perTier(
          `sum by (tier, reason) (rate(ddnn_fallbacks_total{${chosen}}[$__rate_interval])) > 0`,
          '{{tier}} {{reason}}',
        ),
      },
      {
        title: 'Breaker of the front (0 closed, 2 open)',
        unit: 'short',
        queries: [{ expr: 'max by (topic) (ddnn_front_breaker)', legend: '{{topic}}' }],
      },
      {
        title: 'Dead letters',
        unit: 'short',
        queries: [
          {
            expr: 'sum by (topic, code) (increase(ddnn_dead_letters_total[$__rate_interval])) > 0',
            legend: '{{topic}} {{code}}',
          },
        ],
      },
      {
        title: 'Replies that nobody waited for',
        unit: 'reqps',
        queries: [
          {
            expr: 'sum by (topic, kind) (rate(ddnn_replies_total{kind!="matched"}[$__rate_interval]))',
            legend: '{{topic}} {{kind}}',
          },
        ],
      },
      {
        title: 'Requests that wait',
        unit: 'short',
        queries: [{ expr: 'sum by (group, topic) (ddnn_consumer_lag)', legend: '{{topic}}' }],
      },
    ],
  },
  {
    title: 'Exits',
    panels: [
      {
        title: 'Mean confidence',
        unit: 'percentunit',
        queries: perTier(
          `sum by (tier, exit) (rate(ddnn_exit_confidence_sum{${chosen}}[$__rate_interval])) / sum by (tier, exit) (rate(ddnn_exit_confidence_count{${chosen}}[$__rate_interval]))`,
          '{{tier}} exit {{exit}}',
        ),
      },
      {
        title: 'Exit rate',
        unit: 'percentunit',
        queries: perTier(
          `avg by (tier, exit) (ddnn_exit_rate{${chosen}})`,
          '{{tier}} exit {{exit}}',
        ),
      },
      {
        title: 'Exit rate less the calibration',
        unit: 'percentunit',
        queries: perTier(
          `avg by (tier, exit) (ddnn_exit_rate_drift{${chosen}})`,
          '{{tier}} exit {{exit}}',
        ),
      },
      {
        title: 'Confidence less the calibration',
        unit: 'percentunit',
        queries: perTier(
          `avg by (tier, exit) (ddnn_exit_confidence_drift{${chosen}})`,
          '{{tier}} exit {{exit}}',
        ),
      },
    ],
  },
  {
    title: 'What it costs',
    panels: [
      {
        title: 'Bytes',
        unit: 'Bps',
        queries: perTier(
          `sum by (tier, direction) (rate(ddnn_bytes_total{${chosen}}[$__rate_interval]))`,
          '{{tier}} {{direction}}',
        ),
      },
      {
        title: 'Samples in a pass',
        unit: 'short',
        queries: perTier(
          `sum by (tier, submodel) (rate(ddnn_batch_size_sum{${chosen}}[$__rate_interval])) / sum by (tier, submodel) (rate(ddnn_batch_size_count{${chosen}}[$__rate_interval]))`,
          '{{submodel}}',
        ),
      },
      {
        title: 'Under way, and waiting for a worker',
        unit: 'short',
        queries: [
          ...perTier(`sum by (tier) (ddnn_in_flight{${chosen}})`, '{{tier}} under way'),
          ...perTier(`sum by (tier) (ddnn_engine_queue{${chosen}})`, '{{tier}} waiting'),
        ],
      },
      {
        title: 'Workers that serve',
        unit: 'short',
        queries: perTier(`sum by (tier) (ddnn_engine_workers{${chosen},state="serving"})`),
      },
      {
        title: 'Requests to brokers',
        unit: 'reqps',
        queries: [
          {
            expr: 'sum by (api) (rate(ddnn_broker_request_seconds_count[$__rate_interval]))',
            legend: '{{api}}',
          },
        ],
      },
      {
        title: 'Processor',
        unit: 'percentunit',
        queries: [
          {
            expr: 'rate(process_cpu_seconds_total{job="ddnn"}[$__rate_interval])',
            legend: '{{instance}}',
          },
        ],
      },
      {
        title: 'Memory',
        unit: 'bytes',
        queries: [
          { expr: 'process_resident_memory_bytes{job="ddnn"}', legend: '{{instance}}' },
          ...perTier(`sum by (tier) (ddnn_engine_memory_bytes{${chosen}})`, '{{tier}} models'),
        ],
      },
      {
        title: 'Delay of the event loop',
        unit: 's',
        queries: [{ expr: 'nodejs_eventloop_lag_p99_seconds{job="ddnn"}', legend: '{{instance}}' }],
      },
    ],
  },
]

const [width, height] = [12, 8]

/** The dashboard as Grafana imports it; version 36 of its schema is that of Grafana 9 to 12. */
export function dashboardOf(list) {
  let y = 0
  let id = 0
  const panels = list.flatMap(({ title, panels: own }) => {
    const row = {
      id: ++id,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    }
    const top = y + 1
    y = top + Math.ceil(own.length / 2) * height
    return [
      row,
      ...own.map((panel, i) => ({
        id: ++id,
        type: 'timeseries',
        title: panel.title,
        datasource: source,
        gridPos: { x: (i % 2) * width, y: top + Math.floor(i / 2) * height, w: width, h: height },
        fieldConfig: {
          defaults: {
            unit: panel.unit,
            min: panel.unit === 'percentunit' && panel.isStacked === true ? 0 : undefined,
            custom:
              panel.isStacked === true ? { fillOpacity: 40, stacking: { mode: 'normal' } } : {},
          },
          overrides: [],
        },
        options: {
          legend: { displayMode: 'list', placement: 'bottom' },
          tooltip: { mode: 'multi' },
        },
        targets: panel.queries.map(({ expr, legend }, q) => ({
          refId: String.fromCodePoint(65 + q),
          datasource: source,
          expr,
          legendFormat: legend,
        })),
      })),
    ]
  })
  const variable = (more) => ({ current: {}, hide: 0, ...more })
  return {
    uid: 'ddnn',
    title: 'ddnn',
    tags: ['ddnn'],
    schemaVersion: 36,
    time: { from: 'now-1h', to: 'now' },
    refresh: '15s',
    templating: {
      list: [
        variable({ name: 'source', label: 'Data source', type: 'datasource', query: 'prometheus' }),
        variable({
          name: 'tier',
          label: 'Tier',
          type: 'query',
          datasource: source,
          query: 'label_values(ddnn_requests_total, tier)',
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
        }),
      ],
    },
    panels,
  }
}
