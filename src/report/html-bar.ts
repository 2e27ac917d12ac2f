// The share of each tier as one bar, drawn in inline SVG.
import { describePercent } from './describe.ts'
import { escapeHtml } from './html-text.ts'
import type { TierSummary } from './summary.ts'

/** Four that stay apart for colour-blind readers (Okabe and Ito) and on light and dark. */
const colours = ['#0072b2', '#e69f00', '#009e73', '#cc79a7']

/** Colour of a tier by its place in the chain. */
export function tierColour(place: number): string {
  return colours[place % colours.length] as string
}

const width = 1000
const height = 56

/** An SVG that is as wide as its place; a share too small for its text shows it as a tooltip only. */
export function tierBar(tiers: readonly TierSummary[]): string {
  let x = 0
  const parts = tiers.map(({ tier, count, share }, i) => {
    const size = share * width
    const text = `${tier} ${describePercent(share)}`
    const fits = size > text.length * 14
    const label = fits
      ? `<text x="${(x + size / 2).toFixed(1)}" y="34" text-anchor="middle">${escapeHtml(text)}</text>`
      : ''
    const part = `<g><title>${escapeHtml(`${text}, ${count} images`)}</title><rect x="${x.toFixed(1)}" y="0" width="${size.toFixed(1)}" height="${height}" fill="${tierColour(i)}"/>${label}</g>`
    x += size
    return part
  })
  const words = tiers.map(({ tier, share }) => `${tier} ${describePercent(share)}`).join(', ')
  return `<svg class="bar" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(words)}">${parts.join('')}</svg>`
}
