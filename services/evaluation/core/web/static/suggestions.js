// The list that opens under a line when one types "/": choose with the arrows and Enter, or with a click. The line stays a
// textbox that names its list and the chosen option: a textarea may have no other role, and a textbox is never expanded.

export class Suggestions {
  constructor(components, words, pick) {
    this.components = components;
    this.pick = pick;
    this.list = document.createElement('ul');
    this.list.className = 'suggest';
    this.list.id = 'suggestions';
    this.list.setAttribute('role', 'listbox');
    this.list.tabIndex = 0; // a longer list scrolls; focused, it hands the keys back to the line
    this.list.addEventListener('focus', () => this.text.focus());
    this.list.setAttribute('aria-label', words.choose);
    this.list.addEventListener('mousedown', (event) => event.preventDefault()); // the caret stays in the line
    this.list.addEventListener('click', (event) => {
      const option = event.target.closest('li');
      if (option) this.take(option.dataset.id);
    });
  }

  get isOpen() {
    return this.list.isConnected;
  }

  // `word`: what stands after the slash; undefined where there is none.
  show(line, text, word) {
    const found = word === undefined ? [] : this.components.matching(word);
    if (!found.length) {
      this.hide();
      return;
    }
    this.line = line;
    this.text = text;
    this.whole = this.components.find(word) === found[0].id;
    this.list.replaceChildren(...found.map((one, place) => this.option(one, place)));
    line.append(this.list);
    text.setAttribute('aria-haspopup', 'listbox');
    text.setAttribute('aria-controls', this.list.id);
    text.setAttribute('aria-autocomplete', 'list');
    this.mark(0);
  }

  option({ id, title }, place) {
    const option = document.createElement('li');
    option.id = `suggestion-${place}`;
    option.dataset.id = id;
    option.setAttribute('role', 'option');
    option.append(Object.assign(document.createElement('strong'), { textContent: id }), ` ${title}`);
    return option;
  }

  mark(place) {
    const options = [...this.list.children];
    this.place = (place + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute('aria-selected', index === this.place));
    options[this.place].scrollIntoView({ block: 'nearest' });
    this.text.setAttribute('aria-activedescendant', options[this.place].id);
  }

  // Whether the key was for the list.
  key(event) {
    if (!this.isOpen) return false;
    const done = {
      ArrowDown: () => this.mark(this.place + 1),
      ArrowUp: () => this.mark(this.place - 1),
      Enter: () => this.take(this.list.children[this.place].dataset.id),
      Tab: () => this.take(this.list.children[this.place].dataset.id),
      Escape: () => this.hide(),
    }[event.key];
    if (!done || event.shiftKey) return false;
    event.preventDefault();
    const whole = event.key === 'Enter' && !this.place && this.whole;
    done();
    return !whole; // a component written out is tagged, and Enter starts the next line as it always does
  }

  take(id) {
    const line = this.line;
    this.hide();
    this.pick(line, id);
  }

  hide() {
    if (!this.isOpen) return;
    this.list.remove();
    for (const name of ['aria-haspopup', 'aria-controls', 'aria-autocomplete', 'aria-activedescendant']) this.text.removeAttribute(name);
  }
}
