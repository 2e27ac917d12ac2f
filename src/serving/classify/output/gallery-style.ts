// Style and script of the gallery; they stand beside those of the other pages (report/page/style.ts).

export const galleryStyle = `
body { max-width: 90rem; }
.filters:not([hidden]) { display: flex; flex-wrap: wrap; gap: 1rem; align-items: end; margin: 1.5rem 0; }
.filters div { display: grid; gap: .2rem; font-size: .85rem; }
.filters select { font: inherit; padding: .3rem .5rem; min-width: 10rem; }
.filters output { margin-left: auto; font-variant-numeric: tabular-nums; }
.gallery { list-style: none; padding: 0; display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
.gallery li { background: var(--soft); border-radius: .5rem; padding: .6rem; overflow: hidden; }
.gallery li[hidden] { display: none; }
.gallery img, .gallery .none { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: .3rem;
  display: block; background: var(--soft); }
.gallery h3 { font-size: 1rem; margin: .5rem 0 .2rem; display: flex; justify-content: space-between; gap: .5rem; }
.gallery h3 span { font-weight: 400; font-variant-numeric: tabular-nums; }
.gallery p { margin: .2rem 0 0; font-size: .8rem; overflow-wrap: anywhere; }
.gallery .wrong { color: var(--wrong); } .gallery .right { color: var(--right); }
meter { width: 100%; height: .8rem; }
`

/** Hides what the two lists do not name, and says how many are shown. */
export const galleryScript = `
const lists = [...document.querySelectorAll('.filters select')]
const cards = [...document.querySelectorAll('.gallery li')]
const count = document.querySelector('.filters output')
const show = () => {
  let shown = 0
  for (const card of cards) {
    card.hidden = lists.some(({ name, value }) => value !== '' && card.dataset[name] !== value)
    if (!card.hidden) shown++
  }
  count.textContent = shown + ' shown'
}
for (const list of lists) list.addEventListener('change', show)
document.querySelector('.filters').hidden = false
show()
`
