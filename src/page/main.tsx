// The live page in the browser. `scripts/bundle-page.mjs` makes one script of this folder and its libraries; the process
// on whose HTTP port it is served tells it everything by the types of domain/watch.ts.
import { render } from 'preact'
import { App } from './app.tsx'
import './style/page.css'
import { keptTheme, showTheme } from './theme.ts'

showTheme(keptTheme())
const root = document.getElementById('page')
if (root !== null) render(<App />, root)
