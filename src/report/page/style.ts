// The style of every page: one set of colours, light and dark; nothing is wider than the screen but what scrolls in
// a box of its own.
import { colourVariables } from '../plot/palette.ts'

/** Colours that are no chart's. */
const ground = {
  light: '--page: #ffffff; --line: #c9ced4; --soft: #f2f4f6;',
  dark: '--page: #14171b; --line: #434a53; --soft: #22272d;',
}

export const pageStyle = `
:root { color-scheme: light dark; ${ground.light} ${colourVariables('light')} }
@media screen and (prefers-color-scheme: dark) { :root { ${ground.dark} ${colourVariables('dark')} } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 3rem;
  background: var(--page); color: var(--ink); }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .6rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
h1, h2, h3, p, li, dd { overflow-wrap: anywhere; }
p { max-width: 46rem; margin: .5rem 0; }
a { color: var(--c0); }
small, .note { color: var(--soft-ink); font-size: .85rem; }
.lead { font-size: 1.05rem; }
.headline { display: grid; grid-template-columns: repeat(4, 1fr); gap: .8rem; margin: 1.2rem 0; }
.headline div { background: var(--soft); border-radius: .5rem; padding: .6rem .9rem; }
.headline dt { font-size: .85rem; color: var(--soft-ink); }
.headline dd { margin: 0; font-size: 1.6rem; font-weight: 650; line-height: 1.25;
  font-variant-numeric: tabular-nums; }
.headline dd + dd { font-size: .85rem; font-weight: 400; color: var(--soft-ink); }
.bar { width: 100%; height: auto; border-radius: .5rem; display: block; margin-bottom: .8rem; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .5em; }
.keys { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; padding: 0; margin: .4rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top; font-variant-numeric: tabular-nums; }
td.short, th { white-space: nowrap; }
tr.marked td { font-weight: 650; background: var(--soft); }
.wide { overflow-x: auto; margin: .8rem 0; }
.wide:focus-visible, figure:focus-visible { outline: 3px solid var(--c0); outline-offset: 2px; }
.charts { display: grid; gap: 1rem; margin: 1rem 0; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 28rem), 1fr)); }
figure { margin: 0; background: var(--paper); border-radius: .5rem; border: 1px solid var(--line);
  overflow-x: auto; }
figure.large { grid-column: 1 / -1; }
figure svg, figure img { display: block; width: 100%; max-width: 38rem; height: auto; margin: auto; }
figure.large svg, figure.large img { width: auto; max-width: none; }
figure img { background: #fff; }
.thumbs { list-style: none; padding: 0; display: grid; gap: .8rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
.thumbs li { background: var(--soft); border-radius: .5rem; padding: .5rem; overflow: hidden; font-size: .85rem; }
.thumbs img, .thumbs .none { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: .3rem;
  display: block; background: var(--line); }
.thumbs p { margin: .3rem 0 0; }
.samples img { width: 48px; height: 48px; object-fit: cover; border-radius: .3rem; display: block; }
.wrong { color: var(--wrong); font-weight: 600; } .right { color: var(--right); font-weight: 600; }
details { border: 1px solid var(--line); border-radius: .5rem; padding: 0 .9rem; margin: 1rem 0; }
summary { cursor: pointer; padding: .6rem 0; } summary h2 { display: inline; margin: 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr));
  gap: .6rem 1.2rem; margin: .4rem 0 1rem; }
.facts .long { grid-column: 1 / -1; }
.facts dt { font-size: .85rem; color: var(--soft-ink); } .facts dd { margin: 0; }
@media (max-width: 52rem) { .headline { grid-template-columns: repeat(2, 1fr); } }
@media (max-width: 30rem) { .headline dd { font-size: 1.25rem; } .thumbs { grid-template-columns: 1fr 1fr; } }
@media print { figure, tr { break-inside: avoid; } }
`
