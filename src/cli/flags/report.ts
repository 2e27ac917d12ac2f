// Flags of `report`: CSVs of runs, side by side.
import type { Flag } from '../flag.ts'

const group = 'Report'

export const reportFlags = [
  {
    name: 'runs',
    group,
    commands: ['report'],
    kind: 'list',
    value: 'RUN.csv...',
    positional: true,
    required: true,
    help: 'CSVs that runs wrote; each other one is held against the first',
    details:
      "Those of `ddnn` and of the Python original, also as a spreadsheet saved them (docs/report.md). --input is the folder of their images, for thumbnails; with --labels also to recover what the original's Expected_result lost.",
  },
  {
    name: 'output',
    aliases: ['o'],
    group,
    commands: ['report'],
    kind: 'string',
    value: 'DIR',
    help: 'Folder for report.html, report.json and the figures as SVG and PNG; nothing is written without it',
  },
] as const satisfies readonly Flag[]
