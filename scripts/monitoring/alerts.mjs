// What is worth waking somebody for, as Prometheus' rules: monitoring/alerts.yaml is written from these.
const tierShare = (outcomes) =>
  `sum by (tier) (rate(ddnn_requests_total{outcome=~"${outcomes}"}[5m])) / ` +
  `(sum by (tier) (rate(ddnn_requests_total{outcome!="probe"}[5m])) > 0)`

export const alerts = [
  {
    alert: 'DdnnDown',
    expr: 'up{job="ddnn"} == 0',
    for: '1m',
    severity: 'critical',
    summary: '{{ $labels.instance }} answers no scrape',
    description:
      'The process is gone, or its event loop hangs. Requests go to the other replicas of its group.',
  },
  {
    alert: 'DdnnNotReady',
    expr: 'ddnn_ready == 0',
    for: '2m',
    severity: 'critical',
    summary: '{{ $labels.tier }} is not ready',
    description: 'GET /readyz says what is missing: models, brokers, topics or the tier in front.',
  },
  {
    alert: 'DdnnFrontSilent',
    expr: 'max by (topic, instance) (ddnn_front_breaker) == 2',
    for: '1m',
    severity: 'warning',
    summary: 'nobody answers at {{ $labels.topic }}',
    description:
      'The tier behind it answers by its own exits (fallback) until a probe is answered.',
  },
  {
    alert: 'DdnnFallbacks',
    expr: `${tierShare('fallback')} > 0.05`,
    for: '5m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of the answers of {{ $labels.tier }} are fallbacks',
    description:
      'ddnn_fallbacks_total says why: a front that is late, silent, overloaded or of another family.',
  },
  {
    alert: 'DdnnErrors',
    expr: `${tierShare('error')} > 0.01`,
    for: '5m',
    severity: 'warning',
    summary:
      '{{ $value | humanizePercentage }} of the requests of {{ $labels.tier }} have no answer',
    description: 'ddnn_dead_letters_total says why; `ddnn replay` lists them.',
  },
  {
    alert: 'DdnnOverloaded',
    expr: `${tierShare('overloaded|late')} > 0.01`,
    for: '5m',
    severity: 'warning',
    summary:
      '{{ $value | humanizePercentage }} of the requests of {{ $labels.tier }} come too late or are refused',
    description: 'Run more replicas, or give askers a longer --timeout-ms.',
  },
  {
    alert: 'DdnnLag',
    expr: 'sum by (group, topic) (ddnn_consumer_lag) > 1000 and sum by (group, topic) (deriv(ddnn_consumer_lag[5m])) > 0',
    for: '5m',
    severity: 'warning',
    summary: '{{ $value }} requests wait in {{ $labels.topic }}, and more come than are answered',
    description: 'Run more replicas of this tier, up to the number of partitions.',
  },
  {
    alert: 'DdnnDeadLetters',
    expr: 'sum by (topic, code) (increase(ddnn_dead_letters_total[10m])) > 0',
    severity: 'warning',
    summary:
      '{{ $value | humanize }} requests of {{ $labels.topic }} were put aside: {{ $labels.code }}',
    description: '`ddnn replay` lists them, and sends them again.',
  },
  {
    alert: 'DdnnWorkersLost',
    expr: 'ddnn_engine_workers{state="serving"} < ignoring(state) ddnn_engine_workers{state="wanted"}',
    for: '2m',
    severity: 'warning',
    summary: '{{ $labels.tier }} has {{ $value }} workers of its engine left',
    description:
      'A worker dies of too little memory, or of an input that kills its runtime; the log says which.',
  },
  {
    alert: 'DdnnEventLoopSlow',
    expr: 'nodejs_eventloop_lag_p99_seconds{job="ddnn"} > 1',
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.instance }} is late by {{ $value | humanizeDuration }}',
    description: 'Its processor is short: links may lose their sessions.',
  },
  {
    alert: 'DdnnExitRateDrift',
    expr: 'abs(ddnn_exit_rate_drift) > 0.15',
    for: '30m',
    severity: 'info',
    summary:
      'exit {{ $labels.exit }} of {{ $labels.tier }} leaves {{ $value | humanizePercentage }} off its calibration',
    description:
      'Inputs are others than those it was calibrated on: look at them, and calibrate on newer ones.',
  },
  {
    alert: 'DdnnModelsRefused',
    expr: 'sum by (tier, instance) (increase(ddnn_reloads_total{outcome="refused"}[10m])) > 0',
    severity: 'warning',
    summary: '{{ $labels.tier }} keeps its old models: the new ones were refused',
    description: 'GET /v2/models says why.',
  },
  {
    alert: 'DdnnTiersApart',
    expr: 'sum by (tier) (rate(ddnn_model_mismatches_total[10m])) > 0',
    for: '10m',
    severity: 'warning',
    summary: '{{ $labels.tier }} is sent features of another family',
    description: 'Deploy submodels that were trained together on all tiers (docs/reload.md).',
  },
]

/** The rules as a file of Prometheus. */
export function rulesOf(list) {
  const rules = list.map(({ alert, expr, for: since, severity, summary, description }) => ({
    alert,
    expr,
    ...(since === undefined ? {} : { for: since }),
    labels: { severity },
    annotations: { summary, description },
  }))
  return { groups: [{ name: 'ddnn', rules }] }
}
