// Several charts as one figure: each keeps its own SVG, side by side in rows.
import { escapeHtml } from '../page/escape.ts'
import type { Chart } from './plot.ts'
import { renderChart, type ChartSize } from './render.ts'

/** All charts as one `<svg>` of white ground, `columns` a row; a row is as high as its highest chart. */
export function renderFigure(charts: readonly Chart[], columns: number, size?: ChartSize): string {
  const drawn = charts.map((chart, i) => keepIdsApart(renderChart(chart, size), `p${i}-`))
  const sizes = drawn.map(sizeOf)
  const rows = Array.from({ length: Math.ceil(drawn.length / columns) }, (_, row) => row * columns)
  let top = 0
  let right = 0
  const parts = rows.flatMap((first) => {
    let left = 0
    const row = drawn.slice(first, first + columns).map((svg, i) => {
      const placed = svg.replace('<svg ', `<svg x="${left}" y="${top}" `)
      left += sizes[first + i]?.width ?? 0
      return placed
    })
    right = Math.max(right, left)
    top += Math.max(...sizes.slice(first, first + columns).map(({ height }) => height))
    return row
  })
  const label = escapeHtml(charts.map(({ title }) => title).join('; '))
  return `<svg role="img" aria-label="${label}" xmlns="http://www.w3.org/2000/svg" width="${right}" height="${top}" viewBox="0 0 ${right} ${top}"><rect width="${right}" height="${top}" fill="#ffffff"/>${parts.join('')}</svg>`
}

/** Clip paths have equal ids in every chart; in one document they must not. */
export function keepIdsApart(svg: string, prefix: string): string {
  return svg.replace(/<[^>]*>/g, (tag) =>
    tag.replace(
      /(\bid="|url\(#)(clip\d+)/g,
      (_, head: string, id: string) => `${head}${prefix}${id}`,
    ),
  )
}

function sizeOf(svg: string): ChartSize {
  const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? []
  return { width: Number(width), height: Number(height) }
}
