// Two texts for one field, side by side, and the author's choice between them. Neither goes before it is made.

export function showOther(form, name, text, words, box, choose) {
  const field = [...form.elements].find((input) => input.name === name)?.closest('.field');
  if (!field) return;
  const shown = box ?? make(field, text, words);
  const other = box ? box.querySelector('textarea').value : text;
  const mine = () => [...form.elements].find((input) => input.name === name)?.value ?? '';
  const answers = [
    [words.useMine, () => null],
    [words.useOther, () => other],
  ];
  if (form.elements[name]?.tagName === 'TEXTAREA') answers.push([words.useBoth, () => `${mine()}\n\n${other}`]);
  const row = document.createElement('div');
  row.className = 'actions';
  for (const [label, chosen] of answers) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'button secondary', textContent: label });
    button.addEventListener('click', () => {
      const value = chosen();
      form.append(...shown.querySelectorAll('input[type=hidden]')); // chosen, so seen
      shown.remove();
      choose(value);
      form.elements[name]?.focus?.();
    });
    row.append(button);
  }
  shown.append(row);
}

function make(field, text, words) {
  const box = document.createElement('div');
  box.className = 'other';
  box.setAttribute('role', 'status');
  const title = document.createElement('p');
  title.append(Object.assign(document.createElement('strong'), { textContent: words.otherTitle }), ` ${words.otherText}`);
  const other = Object.assign(document.createElement('textarea'), { readOnly: true, rows: 3, value: [text].flat().join('\n') });
  other.setAttribute('aria-label', words.otherTitle);
  box.append(title, other);
  field.append(box);
  return box;
}
