// The rubric beside the script: finding the component somebody means, counting, tagging by a click or a drop.

const plain = (word) => word.toLowerCase().replace(/[^a-z0-9]/g, '');
const numberOf = (id) => plain(id).replace(/^[a-z]+/, '');

export class Components {
  constructor(rubric) {
    this.boxes = new Map([...rubric.querySelectorAll('[data-component]')].map((box) => [box.dataset.component, box]));
    this.all = [...this.boxes].map(([id, box]) => ({ id, title: box.dataset.title, plain: plain(id), number: numberOf(id) }));
  }

  // By its id, however written, or by its number alone where that is enough.
  find(word) {
    const sought = plain(word);
    const exact = this.all.find((one) => one.plain === sought);
    if (exact) return exact.id;
    const same = this.all.filter((one) => one.number && one.number === sought);
    return same.length === 1 ? same[0].id : null;
  }

  matching(word) {
    const sought = plain(word);
    if (!sought) return this.all;
    const starts = (one) => one.plain.startsWith(sought) || one.number.startsWith(sought);
    const titled = (one) => one.title.toLowerCase().split(/\s+/).some((part) => part.startsWith(sought));
    return [...this.all.filter(starts), ...this.all.filter((one) => !starts(one) && titled(one))];
  }

  inOrder(ids) {
    const known = this.all.map((one) => one.id).filter((id) => ids.includes(id));
    return [...known, ...ids.filter((id) => !this.boxes.has(id))];
  }

  makeButtons(words, tag) {
    for (const { id, title } of this.all) {
      const name = this.boxes.get(id).querySelector('.component-name');
      const button = Object.assign(document.createElement('button'), { type: 'button', className: 'tag-button' });
      button.append(...name.childNodes);
      button.setAttribute('aria-label', words.tag.replace('{component}', `${id} ${title}`));
      button.addEventListener('mousedown', (event) => event.preventDefault()); // the line one writes in keeps the caret
      button.addEventListener('click', () => tag(id));
      name.replaceWith(button);
    }
  }

  acceptDrops(dragged, tag) {
    for (const [id, box] of this.boxes) {
      box.addEventListener('dragover', (event) => {
        if (!dragged()) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
        box.classList.add('over');
      });
      box.addEventListener('dragleave', () => box.classList.remove('over'));
      box.addEventListener('drop', (event) => {
        event.preventDefault();
        box.classList.remove('over');
        tag(id);
      });
    }
  }

  count(ids) {
    const counts = new Map();
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, box] of this.boxes) {
      const shown = box.querySelector('[data-count]');
      const now = String(counts.get(id) ?? 0);
      if (shown.textContent !== now) shown.textContent = now;
    }
  }

  mark(ids) {
    for (const [id, box] of this.boxes) {
      box.classList.toggle('on', ids.includes(id));
      box.querySelector('.tag-button')?.setAttribute('aria-pressed', ids.includes(id));
    }
  }
}
