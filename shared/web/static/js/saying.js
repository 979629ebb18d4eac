// Where a form says that it is saved. Whoever looks sees the time of each saving; whoever listens is told once, and again only
// after something was wrong: a voice at every pause would speak over what is being typed.

export function saySaved(status, text) {
  const shown = status.querySelector('[data-saved-at]');
  if (shown) {
    shown.textContent = text;
    return;
  }
  status.className = 'saved';
  const told = Object.assign(document.createElement('span'), { className: 'hush', textContent: text });
  const seen = Object.assign(document.createElement('span'), { textContent: text });
  seen.dataset.savedAt = '';
  seen.setAttribute('aria-hidden', 'true');
  status.replaceChildren(told, seen);
}

export function sayWrong(status, text, tone, link) {
  status.className = `saved ${tone}`;
  status.textContent = text;
  if (link) status.append(' ', Object.assign(document.createElement('a'), { href: link.href, target: '_blank', textContent: link.label }));
}
