// The page from top to bottom: who tells, four numbers, the continuum, charts, knobs, the last images.
import { useEffect, useMemo, useState } from 'preact/hooks'
import { Charts } from './charts/charts.tsx'
import { Continuum } from './continuum/continuum.tsx'
import { Header } from './header.tsx'
import { Headline } from './headline.tsx'
import { Images } from './images/images.tsx'
import { Knobs } from './knobs/knobs.tsx'
import { SaidList } from './said-list.tsx'
import { keptTheme, showTheme, type Theme } from './theme.ts'
import { exitsOf, tiersNow } from './tiers.ts'
import { useWatching } from './use-watching.ts'

export function App() {
  const { watching, takeState, listen } = useWatching()
  const [theme, setTheme] = useState(keptTheme)
  const { state, history, starts, connection, said } = watching
  const tick = history.at(-1)
  const chooseTheme = (chosen: Theme) => {
    showTheme(chosen)
    setTheme(chosen)
  }
  const labels = state?.labels
  const isAlarming = connection === 'lost' || state?.tiers.some((tier) => tier.state === 'silent')
  useEffect(() => {
    // Tabs show little more than this.
    document.title = `${isAlarming === true ? '⚠ ' : ''}${state?.name ?? 'ddnn'} · ddnn`
  }, [state?.name, isAlarming])
  const process = `${state?.name ?? ''} ${starts}`
  const images = useMemo(
    () => <Images listen={listen} labels={labels} process={process} />,
    [labels, listen, process],
  )
  const header = (
    <Header state={state} connection={connection} theme={theme} onTheme={chooseTheme} />
  )
  if (state === undefined) {
    return (
      <>
        {header}
        <main>
          <p class="quiet">Waiting for what the process tells …</p>
        </main>
      </>
    )
  }
  const tiers = tiersNow(state, tick)
  const exits = exitsOf(tiers)
  return (
    <>
      {header}
      <main class={connection === 'lost' || connection === 'late' ? 'stale' : ''}>
        <Headline state={state} tiers={tiers} history={history} />
        <Continuum state={state} tiers={tiers} history={history} listen={listen}>
          <SaidList said={said} />
        </Continuum>
        <Charts history={history} tiers={tiers} exits={exits} theme={theme} />
        <Knobs state={state} tiers={tiers} exits={exits} history={history} onState={takeState} />
        {images}
      </main>
    </>
  )
}
