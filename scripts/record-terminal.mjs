// Records a command as a terminal shows it, as an SVG that plays by itself:
//   node scripts/record-terminal.mjs OUT.svg 'ddnn demo' [COLUMNS ROWS]
// `npm run screenshots` makes docs/images/demo.svg with it.
// A pseudo-terminal by util-linux's `script`, screens by xterm. Pauses are shortened; who asked for less motion sees the end.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const [, , out, command, columns = '92', rows = '26'] = process.argv
if (out === undefined || command === undefined) {
  process.stderr.write(
    `Expected OUT.svg and a command, as in record-terminal.mjs demo.svg 'ddnn demo'\n`,
  )
  process.exit(2)
}
const size = { columns: Number(columns), rows: Number(rows) }

/** Classes of the palette's colours. */
const names = ['k', 'r', 'g', 'y', 'u', 'm', 'c', 'w']

/** Longest pause that is shown, and how long the last screen stays, seconds. */
const [longestPause, lastPause] = [1.2, 6]

const frames = await screensOf(await record())
await writeFile(resolve(out), svgOf(frames))
process.stdout.write(`${out}: ${frames.length} screens of '${command}'\n`)

/** What was written, in pieces with the seconds before each. */
async function record() {
  const folder = await mkdtemp(join(tmpdir(), 'ddnn-record-'))
  try {
    const [log, timing] = ['log', 'timing'].map((name) => join(folder, name))
    const typed = command.replace(/^ddnn\b/, `node ${main}`)
    const inside = `stty cols ${size.columns} rows ${size.rows}; ${typed}`
    const env = { ...process.env, TERM: 'xterm-256color', FORCE_COLOR: '1', COLUMNS: columns }
    delete env.NO_COLOR
    const args = ['-q', '-e', '-O', log, '-T', timing, '-c', inside]
    const child = spawn('script', args, {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const code = await new Promise((ended, failed) => child.on('error', failed).on('close', ended))
    if (code !== 0) throw new Error(`'${command}' ended with ${code}`)
    const bytes = await readFile(log)
    // The first line is script's own.
    let at = bytes.indexOf(10) + 1
    const pieces = (await readFile(timing, 'utf8')).trim().split('\n')
    return pieces.map((piece) => {
      const [pause, length] = piece.split(' ').map(Number)
      const text = bytes.subarray(at, at + length).toString('utf8')
      at += length
      return { pause, text }
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Screens that differ, each with the second that it comes at. */
async function screensOf(pieces) {
  const terminal = new xterm.Terminal({
    cols: size.columns,
    rows: size.rows,
    allowProposedApi: true,
  })
  const write = (text) => new Promise((done) => terminal.write(text, done))
  const prompt = `\u001b[32m$\u001b[0m ${command}\r\n`
  await write(prompt)
  const found = [{ at: 0, rows: rowsOf(terminal) }]
  let at = 0
  for (const { pause, text } of pieces) {
    at += Math.min(pause, longestPause)
    await write(text)
    const shown = rowsOf(terminal)
    const last = found.at(-1)
    if (JSON.stringify(last.rows) !== JSON.stringify(shown)) found.push({ at, rows: shown })
  }
  return found
}

/** Runs of cells of one look: text, column, colour, weight. */
function rowsOf(terminal) {
  const { active } = terminal.buffer
  return Array.from({ length: size.rows }, (_, row) => {
    const cells = active.getLine(active.viewportY + row)
    const runs = []
    for (let column = 0; column < size.columns; column += 1) {
      const cell = cells?.getCell(column)
      const text = cell?.getChars() || ' '
      const look = `${colourOf(cell)}${cell?.isBold() ? ' b' : ''}${cell?.isDim() ? ' d' : ''}`
      const run = runs.at(-1)
      if (run?.look === look) run.text += text
      else runs.push({ column, look, text })
    }
    return runs.filter(({ text }) => text.trim() !== '')
  })
}

function colourOf(cell) {
  if (cell === undefined || cell.isFgDefault() || !cell.isFgPalette()) return ''
  const colour = cell.getFgColor()
  return colour === 8 ? 'd' : (names[colour % 8] ?? '')
}

function svgOf(screens) {
  const [width, height, line] = [8, 18, size.columns * 8]
  const total = screens.at(-1).at + lastPause
  const tall = size.rows * height
  const keyframes = screens
    .map(
      ({ at }, i) => `${((at / total) * 100).toFixed(3)}% {transform: translateY(-${i * tall}px)}`,
    )
    .join(' ')
  const texts = screens.flatMap(({ rows: lines }, screen) =>
    lines.flatMap((runs, row) =>
      runs.map(({ column, look, text }) => {
        const shown = text.trimEnd()
        const x = column * width
        const y = screen * tall + (row + 1) * height - 5
        const kind = look === '' ? '' : ` class="${look.trim()}"`
        return `<text${kind} x="${x}" y="${y}" textLength="${shown.length * width}">${escape(shown)}</text>`
      }),
    ),
  )
  const label = escape(`A terminal that runs ${command}`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${line + 24} ${tall + 24}" width="${line + 24}" role="img" aria-label="${label}">
<!-- Made by scripts/record-terminal.mjs -->
<style>
  text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #d7dce2; white-space: pre }
  .r { fill: #ff8a80 } .g { fill: #7bd88f } .y { fill: #e5c07b } .u { fill: #7aa2f7 } .m { fill: #e58ac9 } .c { fill: #6cc7d9 } .d { fill: #8b949e } .b { font-weight: 700 }
  .play { animation: play ${total.toFixed(2)}s steps(1, end) infinite }
  @keyframes play { ${keyframes} }
  @media (prefers-reduced-motion: reduce) { .play { animation: none; transform: translateY(-${(screens.length - 1) * tall}px) } }
</style>
<rect width="100%" height="100%" rx="8" fill="#12151a"/>
<svg x="12" y="12" width="${line}" height="${tall}" overflow="hidden"><g class="play">
${texts.join('\n')}
</g></svg>
</svg>
`
}

function escape(text) {
  return text.replace(/[&<>"]/g, (one) => `&#${one.codePointAt(0)};`)
}
