// Vega behind one function: a specification in, SVG text out. Vega was taken since it lays out axes, legends
// and titles so that nothing is cut off, needs neither DOM nor canvas, and is a quarter of the others' size.
import * as vega from 'vega'
import type { Scene, Spec } from 'vega'
import { gridInk, ink, paper, softInk } from './palette.ts'
import { fontFamily, textWidth } from './text-width.ts'

/** Exports that Vega documents for embedding, and its typings leave out. */
interface VegaScenegraph {
  readonly textMetrics: { width: (item: TextItem, text: string | null) => number }
  readonly resetSVGDefIds: () => void
  readonly SVGStringRenderer: new () => {
    initialize(
      element: null,
      width: number,
      height: number,
      origin: readonly [number, number],
    ): {
      background(colour: string): { render(scene: Scene): { svg(): string } }
    }
  }
}

interface TextItem {
  readonly fontSize?: number
  readonly fontWeight?: string | number
}

type DrawnScene = Scene & { readonly bounds: Bounds }

interface Bounds {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/** Free pixels on every side. */
export const margin = 14

const noSize = { width: 0, height: 0 }

const { textMetrics, resetSVGDefIds, SVGStringRenderer } = vega as unknown as VegaScenegraph

// Vega's own measure is a canvas where one is installed, else 0.8 of the font size a letter: another
// layout on every machine, and far too wide.
textMetrics.width = (item, text) => {
  const isBold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600
  return textWidth(text ?? '', item.fontSize ?? 11, isBold)
}

const labelFont = { labelFont: fontFamily, labelFontSize: 12, labelColor: ink }
const titleFont = { titleFont: fontFamily, titleFontSize: 13, titleColor: ink }

const config = {
  group: { stroke: null },
  axis: {
    ...labelFont,
    ...titleFont,
    titleFontWeight: 'normal',
    titlePadding: 10,
    labelPadding: 5,
    domainColor: softInk,
    tickColor: softInk,
    tickSize: 4,
    gridColor: gridInk,
    labelOverlap: true,
    labelLimit: 0,
  },
  legend: {
    ...labelFont,
    ...titleFont,
    labelLimit: 0,
    columnPadding: 18,
    rowPadding: 4,
    symbolStrokeWidth: 2,
    symbolSize: 260,
    layout: { top: { anchor: 'start', direction: 'vertical', margin: 4 } },
  },
  title: {
    font: fontFamily,
    fontSize: 16,
    fontWeight: 'bold',
    color: ink,
    subtitleFont: fontFamily,
    subtitleFontSize: 12,
    subtitleColor: softInk,
    subtitlePadding: 5,
    anchor: 'start',
    frame: 'bounds',
    offset: 14,
  },
  text: { font: fontFamily, fontSize: 12, fill: ink },
} as const

/**
 * Draws at once; the same specification gives the same bytes. A specification of `autosize: 'fit'` has its
 * own width and height, unless texts need more; one of `pad` is as large as all it holds.
 */
export function drawSpec(spec: Spec): string {
  // Vega counts clip paths over the whole process; figure.ts keeps those of several charts apart.
  resetSVGDefIds()
  const runtime = vega.parse(spec, config)
  const view = new vega.View(runtime, { renderer: 'none', logLevel: vega.Error }).run()
  try {
    const scene = (view.scenegraph() as unknown as { readonly root: DrawnScene }).root
    const { x1, y1, x2, y2 } = scene.bounds
    const isFit = spec.autosize !== undefined && spec.autosize !== 'pad'
    const asked = isFit ? { width: Number(spec.width), height: Number(spec.height) } : noSize
    const width = Math.max(asked.width, Math.ceil(x2 - x1)) + 2 * margin
    const height = Math.max(asked.height, Math.ceil(y2 - y1)) + 2 * margin
    const origin = [margin - Math.floor(x1), margin - Math.floor(y1)] as const
    const renderer = new SVGStringRenderer().initialize(null, width, height, origin)
    return tidy(renderer.background(paper).render(scene).svg())
  } finally {
    view.finalize()
  }
}

const tag = /<[^>"]*(?:"[^"]*"[^>"]*)*>/g

/**
 * Numbers of attributes to a hundredth of a pixel: a third of the bytes. Roles of single marks go: the chart is
 * one image with one label (render.ts). Text stays as it is.
 */
function tidy(svg: string): string {
  return svg.replace(tag, (own) =>
    own
      .replace(/ (?:role|class|aria-[a-z]+)="[^"]*"/g, '')
      .replace(/-?\d+\.\d{3,}(e-\d+)?/g, (number) =>
        String(Math.round(Number(number) * 100) / 100),
      ),
  )
}
