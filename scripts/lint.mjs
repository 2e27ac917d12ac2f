// `npm run lint`: ESLint beside Prettier and dependency-cruiser, each of which keeps one core busy. What each of them
// wrote is shown in one piece when it ends.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const [lint, form] = await Promise.all([
  run('eslint', ['.']),
  run('prettier', ['--check', '.']).then(async (prettier) =>
    Math.max(
      prettier,
      // A rule that matches no file would hold anything.
      await run(
        'depcruise',
        ['src', '--config', '.dependency-cruiser.cjs'],
        /no dependency violations found \(\d{2,} modules/,
      ),
    ),
  ),
])
process.exitCode = Math.max(lint, form)

/** Exit code; 1 for a tool that was ended by a signal, did not start, or did not say what it has to. */
function run(tool, args, expected = /^/) {
  return new Promise((resolve) => {
    // npm puts the folder of its tools on the path.
    const child = spawn(tool, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (said += text))
    }
    child.on('error', (error) => {
      said += `${error.message}\n`
      resolve(1)
    })
    child.on('close', (code) => {
      process.stdout.write(`${tool} ended with ${code ?? 'a signal'}\n${said}`)
      resolve(expected.test(said) ? (code ?? 1) : 1)
    })
  })
}
