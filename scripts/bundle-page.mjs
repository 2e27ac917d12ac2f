// Bundles the live page of the browser, src/page/, into dist/page/: index.html, page.js, page.css, and the licences of
// the libraries in it. `npm run build` runs it after tsc, which checks types elsewhere (tsconfig.page.json).
import { build } from 'esbuild'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const libraries = ['preact', 'uplot']

const notices = libraries.map((name) => {
  const { version } = JSON.parse(readFileSync(at(`node_modules/${name}/package.json`), 'utf8'))
  return `${name} ${version}\n\n${readFileSync(at(`node_modules/${name}/LICENSE`), 'utf8').trim()}\n`
})

const banner = `/*! Holds ${libraries.join(' and ')} (MIT), whose licences stand in licences.txt beside this file. */`

await build({
  entryPoints: { page: at('src/page/main.tsx') },
  outdir: at('dist/page'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'eof',
  banner: { js: banner, css: banner },
  logLevel: 'warning',
})
copyFileSync(at('src/page/index.html'), at('dist/page/index.html'))
writeFileSync(at('dist/page/licences.txt'), notices.join('\n'))
