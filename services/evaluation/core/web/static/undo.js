// One step back for what is done to lines: a tag, a line taken away, a paste. Typing is undone by the browser itself.

const KEPT = 50;

export class Undo {
  constructor(place, words, done) {
    this.steps = [];
    this.done = done;
    this.button = Object.assign(document.createElement('button'), { type: 'button', className: 'button quiet', textContent: words.undo, hidden: true });
    this.button.addEventListener('click', () => this.undo());
    place.prepend(this.button);
  }

  add(back) {
    this.steps = [...this.steps, back].slice(-KEPT);
    this.fresh = true;
    this.button.hidden = false;
  }

  // Somebody typed since: Ctrl+Z is the browser's again.
  typed() {
    this.fresh = false;
  }

  isNext() {
    return this.fresh && this.steps.length > 0;
  }

  undo() {
    this.steps.pop()?.();
    this.fresh = this.steps.length > 0;
    this.button.hidden = !this.fresh;
    this.done();
  }
}
