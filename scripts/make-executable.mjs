// tsc drops the executable bit that the `ddnn` command needs.
import { chmodSync } from 'node:fs'

chmodSync(new URL('../dist/main.js', import.meta.url), 0o755)
