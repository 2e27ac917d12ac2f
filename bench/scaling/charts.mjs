// The charts of a curve: CPU over what is turned up, a line a process, and times or rates where they say more.

/** @param rows medians of one curve. @returns charts of src/report/plot. */
export function chartsOf({ name, title, x }, rows) {
  const loads = [...new Set(rows.map(({ load }) => load))]
  // Where each value has a load of its own they are one line.
  const groups = loads.length > 3 ? [undefined] : loads
  const of = (load, column) =>
    rows
      .filter((row) => load === undefined || row.load === load)
      .sort((a, b) => a.value - b.value)
      .map((row) => [row.value, row[column] ?? null])
  const line = (label, points) => ({ name: label, points, hasDots: true })
  const charts = groups.map((load) => ({
    kind: 'lines',
    title: `CPU, ${load ?? x}`,
    xLabel: x,
    yLabel: load === 'none' ? 'ms a second' : 'ms an image',
    series: [
      line('broker', of(load, 'brokerCpu')),
      line(name === 'replicas' || name === 'tiers' ? 'all tiers' : 'tier', of(load, 'tierCpu')),
      line('devices', of(load, 'askerCpu')),
    ],
  }))
  const asked = groups.filter((load) => load !== 'none')
  if (name === 'replicas') {
    const rates = of(asked[0], 'rate')
    const alone = (rates[0]?.[1] ?? 0) / (rates[0]?.[0] ?? 1)
    const linear = rates.map(([value]) => [value, alone * value])
    charts.unshift({
      kind: 'lines',
      title,
      xLabel: x,
      yLabel: 'images a second',
      series: [line('measured', rates), { name: 'linear', points: linear, isDashed: true }],
    })
  } else {
    charts.push({
      kind: 'lines',
      title: 'Median latency',
      xLabel: x,
      yLabel: 'ms',
      series: asked.map((load) => line(load ?? 'p50', of(load, 'p50'))),
    })
  }
  return charts
}
