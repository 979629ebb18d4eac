// Small comforts: the weekday of a date, texts that grow, letters left, tables that can be reached only where they scroll.

import { copies, drop } from './device.js';

export function echoDates(root) {
  const language = document.documentElement.lang || 'en';
  const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC',
  });
  for (const output of root.querySelectorAll('output[data-weekday]')) {
    const input = document.getElementById(output.htmlFor.value);
    input?.addEventListener('change', () => {
      const day = input.valueAsDate;
      output.textContent = day ? format.format(day).replace(',', '') : '';
    });
  }
}

export function growTexts(root) {
  if (CSS.supports('field-sizing', 'content')) return;
  for (const text of root.querySelectorAll('textarea')) {
    const grow = () => {
      text.style.height = 'auto';
      text.style.height = `${text.scrollHeight + 2}px`;
    };
    text.addEventListener('input', grow);
    grow();
  }
}

export function countLetters(root) {
  for (const words of root.querySelectorAll('[data-count-for]')) {
    const text = document.getElementById(words.dataset.countFor);
    const limit = Number(text.dataset.limit);
    const tell = () => {
      const left = limit - [...text.value].length;
      words.textContent = (left < 0 ? words.dataset.over : words.dataset.left).replace('{n}', Math.abs(left));
      words.classList.toggle('over', left < 0);
    };
    text.addEventListener('input', tell);
    tell();
  }
}

export function freeTables(root) {
  if (!('ResizeObserver' in window)) return;
  const look = (table) => {
    const scrolls = table.scrollWidth > table.clientWidth && getComputedStyle(table).overflowX !== 'visible';
    if (scrolls) table.tabIndex = 0;
    else table.removeAttribute('tabindex');
    table.toggleAttribute('data-more', scrolls && table.scrollLeft + table.clientWidth < table.scrollWidth - 2);
  };
  const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => look(target)));
  for (const table of root.querySelectorAll('[data-scrolls]')) {
    watch.observe(table);
    table.addEventListener('scroll', () => look(table), { passive: true });
  }
}

export function focusSummary(root) {
  root.querySelector('[data-focus]')?.focus();
}

// The district has taken a form (its key stands in a cookie): what this device still held of it can go.
export function forgetSent() {
  const found = document.cookie.match(/(?:^|; )accord_sent=([^;]+)/);
  if (!found) return;
  for (const copy of copies()) if (copy.once === found[1]) drop(copy.name);
  document.cookie = 'accord_sent=; path=/; max-age=0';
}

// In a form whose button can't be taken back, Enter goes on to the next field: nobody has chosen yet to press it.
export function enterGoesOn(root) {
  root.addEventListener('keydown', (event) => {
    const field = event.target;
    if (event.key !== 'Enter' || event.defaultPrevented || !field.matches('input, select') || !field.form?.querySelector('[data-enter]')) return;
    event.preventDefault();
    const fields = [...field.form.elements].filter((one) => one.tabIndex >= 0 && one.type !== 'hidden' && one.checkVisibility());
    fields[fields.indexOf(field) + 1]?.focus();
  });
}
