// Where a form says that it is saved. Whoever looks sees the time of each saving; whoever listens is told once, and again only
// after something was wrong: a voice at every pause would speak over what is being typed.

export function saySaved(status, text) {
  if (status.dataset.told) status.setAttribute('aria-live', 'off');
  status.dataset.told = 'yes';
  status.className = 'saved';
  status.textContent = text;
}

export function sayWrong(status, text, tone, link) {
  status.removeAttribute('aria-live');
  delete status.dataset.told;
  status.className = `saved ${tone}`;
  status.textContent = text;
  if (link) status.append(' ', Object.assign(document.createElement('a'), { href: link.href, target: '_blank', textContent: link.label }));
}
