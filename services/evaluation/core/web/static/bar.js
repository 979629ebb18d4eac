// What gets the focus is scrolled clear of the bar, which is as high as its words need on this screen (evaluation.css).

export function stayClearOf(bar) {
  const tell = () => document.documentElement.style.setProperty('--bar', `${bar.offsetHeight}px`);
  new ResizeObserver(tell).observe(bar);
}
