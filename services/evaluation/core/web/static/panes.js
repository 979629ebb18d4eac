// On a phone the script and the rubric are two tabs; on a wider screen both stand side by side.

export function showPanes(form) {
  const tabs = [...form.querySelectorAll('.pane-tabs a')];
  const panes = tabs.map((tab) => document.getElementById(tab.hash.slice(1)));
  const show = (chosen) => tabs.forEach((tab, place) => {
    tab.toggleAttribute('aria-current', place === chosen);
    if (place === chosen) tab.setAttribute('aria-current', 'true');
    panes[place].toggleAttribute('data-away', place !== chosen);
  });
  tabs.forEach((tab, place) => tab.addEventListener('click', (event) => {
    event.preventDefault();
    show(place);
  }));
  show(0);
  // What an error summary links to must be in sight.
  addEventListener('hashchange', () => {
    const place = panes.findIndex((pane) => pane.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`));
    if (place >= 0) show(place);
  });
}
