// Two texts for one field, side by side, and the author's choice between them. Neither goes before it is made. Of a line all
// that differs is one text: it would mean something else with half of another.

import { thingOf } from './fields.js';

const find = (form, name) => [...form.elements].find((input) => input.name === name);

// What a box of the page holds: field -> the other text for it.
export function otherOf(box) {
  const texts = [...box.querySelectorAll('textarea')].map((one) => one.value);
  return new Map(box.dataset.other.split(' ').map((name, place) => [name, texts[place]]));
}

export function showOther(form, texts, words, box, choose) {
  const [[name, text]] = texts;
  const field = find(form, name)?.closest('.field');
  if (!field) return;
  const shown = box ?? make(form, field, texts, words);
  const answers = [
    [words.useMine, () => new Map()],
    [words.useOther, () => texts],
  ];
  if (texts.size === 1 && form.elements[name]?.tagName === 'TEXTAREA') {
    answers.push([words.useBoth, () => new Map([[name, `${find(form, name)?.value ?? ''}\n\n${text}`]])]);
  }
  const row = document.createElement('div');
  row.className = 'actions';
  for (const [label, chosen] of answers) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'button secondary', textContent: label });
    button.addEventListener('click', () => {
      const values = chosen();
      form.append(...shown.querySelectorAll('input[type=hidden]')); // chosen, so seen
      shown.remove();
      choose(values);
      form.elements[name]?.focus?.();
    });
    row.append(button);
  }
  shown.append(row);
}

// More of a line may clash than at first: its box is made anew.
function make(form, field, texts, words) {
  const [name] = texts.keys();
  const ofLine = thingOf(name) !== name;
  const box = Object.assign(document.createElement('div'), { className: 'other' });
  box.dataset.thing = thingOf(name);
  form.querySelector(`.other[data-thing="${CSS.escape(box.dataset.thing)}"]`)?.remove();
  box.setAttribute('role', 'status');
  const title = document.createElement('p');
  title.append(Object.assign(document.createElement('strong'), { textContent: ofLine ? words.otherLine : words.otherTitle }), ` ${words.otherText}`);
  box.append(title, ...[...texts].flatMap(([one, text]) => part(find(form, one), text, words, ofLine)));
  field.append(box);
  return box;
}

function part(input, text, words, ofLine) {
  const label = (ofLine && input?.getAttribute('aria-label')) || words.otherTitle;
  const other = Object.assign(document.createElement('textarea'), { readOnly: true, rows: ofLine ? 1 : 3, value: [text].flat().join('\n') });
  other.setAttribute('aria-label', label);
  return ofLine ? [Object.assign(document.createElement('p'), { className: 'hint', textContent: label }), other] : [other];
}
