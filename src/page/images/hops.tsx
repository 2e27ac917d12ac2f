// The way of an image, tier by tier.
import type { ImageHop } from '../../domain/watch.ts'
import { durationText, none, valueText } from '../numbers.ts'

export function Hops({ hops }: { readonly hops: readonly ImageHop[] }) {
  if (hops.length === 0) return null
  return (
    <div class="wide" tabIndex={0} role="region" aria-label="Its way">
      <table>
        <thead>
          <tr>
            {['Tier', 'Exit', 'Confidence', 'Computed', 'In all'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {hops.map((hop, i) => (
            <tr key={i}>
              <th scope="row">
                {hop.tier}
                {hop.isFallback && ' (fallback)'}
              </th>
              <td>{hop.exit ?? none}</td>
              <td>{valueText(hop.confidence)}</td>
              <td>{durationText(hop.computeMs)}</td>
              <td>{durationText(hop.totalMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
