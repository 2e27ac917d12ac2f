// What a report page adds to the style of the HTML reports: charts, wide tables, links.
import { htmlStyle } from '../html-style.ts'

export const reportStyle = `${htmlStyle}
.charts { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; }
figure { margin: 0; background: #fff; border-radius: .5rem; border: 1px solid var(--line);
  overflow: hidden; max-width: 100%; }
figure svg { display: block; max-width: 100%; height: auto; }
td, th { font-variant-numeric: tabular-nums; vertical-align: top; }
.facts dd { font-size: 1rem; overflow-wrap: anywhere; }
h1, h2, p { overflow-wrap: anywhere; }
@media print { figure { break-inside: avoid; } }
`
