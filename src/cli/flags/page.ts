// Flags of the live page on --http-port.
import type { Flag } from '../flag.ts'

const group = 'Live page'

export const pageFlags = [
  {
    name: 'page',
    group,
    commands: ['run'],
    kind: 'boolean',
    default: true,
    help: 'Show a live page at / of --http-port: tiers, images, exits, thresholds',
    details:
      'To this machine itself, unless --page-hosts says more (docs/live-page.md). Nothing is asked or sent for it while nobody looks.',
  },
  {
    name: 'page-hosts',
    group,
    commands: ['run'],
    kind: 'list',
    value: 'HOST',
    help: 'Show the live page beyond this machine too, where it is called by these names or addresses',
    details:
      '`*` is any, on a network that you trust. As in the address of the browser, without the port: edge-1.example.org, 10.0.0.7. A page that another site led here under a name of its own is refused.',
  },
  {
    name: 'page-token-file',
    group,
    commands: ['run'],
    kind: 'string',
    value: 'FILE',
    help: 'Thresholds may be turned on the live page by who has a token of this file, one a line',
    details: 'Read anew when it changes. Without it the page shows and changes nothing.',
  },
] as const satisfies readonly Flag[]
