// What a report page adds to the style of the HTML reports: charts, wide tables, links.
import { htmlStyle } from '../html-style.ts'

export const reportStyle = `${htmlStyle}
body { max-width: 76rem; }
.charts { display: grid; gap: 1rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 28rem), 1fr)); }
figure { margin: 0; background: #fff; border-radius: .5rem; border: 1px solid var(--line);
  overflow-x: auto; }
figure.large { grid-column: 1 / -1; }
figure svg, figure img { display: block; max-width: 100%; min-width: 26rem; height: auto; margin: auto; }
td.short { white-space: nowrap; }
td, th { font-variant-numeric: tabular-nums; vertical-align: top; }
.facts .long { grid-column: 1 / -1; }
.facts dd { font-size: 1rem; overflow-wrap: anywhere; }
h1, h2, p { overflow-wrap: anywhere; }
@media print { figure { break-inside: avoid; } }
`
