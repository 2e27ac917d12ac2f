// The style of the HTML report, light and dark.

export const htmlStyle = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --bad: #d55e00; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem;
  background: Canvas; color: CanvasText; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; }
.facts div { background: var(--soft); border-radius: .5rem; padding: .6rem .9rem; }
dt { font-size: .85rem; opacity: .75; } dd { margin: 0; font-size: 1.3rem; font-weight: 600; }
.bar { width: 100%; height: auto; border-radius: .5rem; display: block; margin-bottom: .8rem; }
.bar text { fill: #fff; font: 600 20px system-ui, sans-serif; paint-order: stroke; stroke: #0008;
  stroke-width: 3px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
.wide { overflow-x: auto; } .samples td { font-variant-numeric: tabular-nums; }
.samples img { width: 48px; height: 48px; object-fit: cover; border-radius: .3rem; display: block; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .5em; }
.wrong td:nth-last-child(5), .failed td:last-child { color: var(--bad); font-weight: 600; }
`
