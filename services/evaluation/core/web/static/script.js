// The script of an observation. The form works without this; with it, a line has its time, a component is one gesture away,
// and the whole is done by keyboard. The fields stay the ones the server knows (script_lines.py), so drafts and sending do too.

import { Components } from './components.js';
import { Clock } from './clock.js';
import { Suggestions } from './suggestions.js';
import { holds, linesOf, spread } from './paste.js';
import { Undo } from './undo.js';
import { showPanes } from './panes.js';
import { stayClearOf } from './bar.js';

const MOST = 400;
const SIGN = /(^|\s)\/([A-Za-z0-9.]{1,64})(?=\s|$)[ \t]?/g;

class Script {
  constructor(form) {
    this.form = form;
    this.list = form.querySelector('[data-script]');
    this.template = form.querySelector('[data-line-template]');
    this.words = JSON.parse(form.querySelector('[data-script-words]').textContent);
    this.longest = Number(this.list.dataset.longest);
    this.said = form.querySelector('[data-said]');
    this.components = new Components(form.querySelector('[data-rubric]'));
    this.clock = new Clock(form, this.words, () => this.lastTime());
    this.undo = new Undo(form.querySelector('.script-tools'), this.words, () => this.settle());
    this.suggestions = new Suggestions(this.components, this.words, (line, id) => this.pick(line, id));
  }

  start() {
    this.form.classList.add('scripted');
    const hint = document.getElementById('script-hint');
    hint.textContent = hint.dataset.hint;
    this.form.querySelector('[name="do"][value="more"]').remove();
    this.trim();
    this.lines().forEach((line) => this.drawChips(line));
    this.components.makeButtons(this.words, (id) => this.tag(this.here(), id));
    this.listen();
    this.form.makeFields = (names) => names.forEach((name) => this.reach(Number(name.split('-')[1])));
    showPanes(this.form);
    stayClearOf(this.form.querySelector('.bar'));
    this.settle();
  }

  listen() {
    this.list.addEventListener('keydown', (event) => this.key(event));
    this.list.addEventListener('input', (event) => this.typed(event));
    this.list.addEventListener('paste', (event) => this.pasted(event));
    this.list.addEventListener('focusin', (event) => this.enter(event.target.closest('[data-line]')));
    this.list.addEventListener('focusout', (event) => this.leave(event));
    this.list.addEventListener('change', (event) => this.changed(event.target));
    this.list.addEventListener('click', (event) => this.clicked(event.target));
    this.list.addEventListener('dragstart', (event) => { this.dragged = event.target.closest?.('[data-line]'); });
    this.components.acceptDrops(() => this.dragged, (id) => this.tag(this.dragged, id));
    this.form.addEventListener('input', () => this.settle());
    this.form.addEventListener('submit', () => this.lines().forEach((line) => this.takeSigns(line)));
  }

  // ── Lines ──────────────────────────────────────────────────────────────

  lines() {
    return [...this.list.children];
  }

  number(line) {
    return this.lines().indexOf(line) + 1;
  }

  text(line) {
    return line.querySelector('.words');
  }

  at(line) {
    return line.querySelector('.at');
  }

  ids(line) {
    return line.querySelector('.for').value.split(/\s+/).filter(Boolean);
  }

  isEmpty(line) {
    return !this.text(line).value.trim() && !this.ids(line).length;
  }

  here() {
    const lines = this.lines();
    if (lines.includes(this.present) && !this.isEmpty(this.present)) return this.present;
    const before = lines.slice(0, lines.indexOf(this.present) + 1 || undefined).reverse();
    return before.find((line) => !this.isEmpty(line)) ?? this.present ?? lines[0];
  }

  // A line beside which another text waits stays. What a line said when the page came is left for draft.js.
  trim() {
    const lines = this.lines();
    const spare = (line) => this.isEmpty(line) && !line.querySelector('.other');
    this.form.takenOut ??= new Map();
    while (lines.length > 1 && spare(lines.at(-1)) && this.isEmpty(lines.at(-2))) {
      const line = lines.pop();
      for (const { name, defaultValue } of line.querySelectorAll('[name]')) if (!this.form.takenOut.has(name)) this.form.takenOut.set(name, defaultValue);
      line.remove();
    }
  }

  // There are at least so many lines.
  reach(count) {
    while (this.list.children.length < Math.min(count, MOST)) this.append();
  }

  append() {
    const number = this.list.children.length + 1;
    const line = this.template.content.firstElementChild.cloneNode(true);
    for (const field of line.querySelectorAll('[name]')) {
      field.name = field.name.replace('NUMBER', number);
      field.id = field.id.replace('NUMBER', number);
      field.setAttribute('aria-label', field.getAttribute('aria-label').replace('NUMBER', number));
    }
    this.list.append(line);
    this.drawChips(line);
    return line;
  }

  values(line) {
    return { text: this.text(line).value, at: this.at(line).value, ids: this.ids(line) };
  }

  fill(line, { text, at, ids }) {
    this.text(line).value = text;
    this.at(line).value = at;
    line.querySelector('.for').value = ids.join(' ');
    this.drawChips(line);
  }

  // All lines from `index` on hold these values; the fields keep their names.
  refill(index, values) {
    this.reach(index + values.length);
    const lines = this.lines();
    lines.slice(index).forEach((line, place) => this.fill(line, values[place] ?? { text: '', at: '', ids: [] }));
    this.trim();
    this.tell(this.list.firstElementChild);
  }

  // The same, with a way back as long as nothing else is written there: a step back takes away no words.
  replace(index, values) {
    const before = this.from(index);
    this.refill(index, values);
    const now = () => JSON.stringify(this.from(index).filter(holds));
    const after = now();
    this.undo.add(() => (now() === after ? this.refill(index, before) : this.say('writtenSince', {})));
  }

  from(index) {
    return this.lines().slice(index).map((line) => this.values(line));
  }

  // Tell draft.js that fields changed.
  tell(line) {
    this.text(line).dispatchEvent(new Event('change', { bubbles: true }));
    this.settle();
  }

  // ── Keys ───────────────────────────────────────────────────────────────

  key(event) {
    const text = event.target;
    if (!text.matches('.words') || event.isComposing) return;
    const line = text.closest('[data-line]');
    if (this.suggestions.key(event)) return;
    const { selectionStart: start, selectionEnd: end, value } = text;
    if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.newLine(line, start, end);
    } else if (event.key === 'Backspace' && !value && !start && this.number(line) > 1) {
      event.preventDefault();
      this.removeLine(line);
    } else if (event.key === 'ArrowUp' && start === 0 && end === 0) this.focus(line.previousElementSibling, event);
    else if (event.key === 'ArrowDown' && start === value.length) this.focus(line.nextElementSibling, event);
    else if (event.key === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey && this.undo.isNext()) {
      event.preventDefault();
      this.undo.undo();
    }
  }

  // The cursor stands at the line's end, or before so many of its last letters.
  focus(line, event = null, rest = 0) {
    if (!line) return;
    event?.preventDefault();
    const text = this.text(line);
    const place = text.value.length - rest;
    text.focus();
    text.setSelectionRange(place, place);
  }

  newLine(line, start, end) {
    this.takeSigns(line);
    const text = this.text(line);
    this.tellUnknown(line, text.value.slice(0, start).trimEnd());
    if (!text.value.trim()) return;
    const index = this.number(line);
    if (this.list.children.length >= MOST && !this.isEmpty(this.list.lastElementChild)) {
      this.say('full', { n: MOST });
      return;
    }
    const [left, right] = [text.value.slice(0, start), text.value.slice(end)];
    const rest = this.from(index);
    if (right.trim() || (rest.length && !this.isEmpty(line.nextElementSibling))) {
      const own = { ...this.values(line), text: left };
      this.replace(index - 1, [own, { text: right.trimStart(), at: right.trim() ? own.at : '', ids: [] }, ...rest]);
    } else {
      text.value = text.value.trimEnd();
      this.reach(index + 1);
    }
    const next = this.lines()[index];
    this.focus(next);
    this.text(next).setSelectionRange(0, 0);
  }

  removeLine(line) {
    const index = this.number(line) - 1;
    this.replace(index, this.from(index + 1));
    this.say('removed', { n: index + 1 });
    this.focus(this.lines()[index - 1]);
  }

  // All of it, or nothing with a word of how much fits: a line that is left out would be gone for good.
  pasted(event) {
    const text = event.target;
    const pieces = linesOf(event.clipboardData?.getData('text') ?? '');
    if (!text.matches('.words') || pieces.length < 2) return;
    event.preventDefault();
    const line = text.closest('[data-line]');
    const index = this.number(line) - 1;
    const lines = spread(pieces, this.from(index), text.selectionStart, text.selectionEnd);
    const room = MOST - index - (lines.length - pieces.length);
    if (pieces.length > room) {
      this.say('refused', { n: pieces.length, room, most: MOST });
      return;
    }
    const rest = text.value.length - text.selectionEnd;
    this.replace(index, lines);
    const long = lines.slice(0, pieces.length).findIndex((one) => [...one.text].length > this.longest);
    this.say(long < 0 ? 'joined' : 'joinedLong', { n: pieces.length, line: index + long + 1, most: this.longest });
    this.focus(this.lines()[index + pieces.length - 1], null, rest);
  }

  typed(event) {
    const text = event.target;
    if (!text.matches('.words')) return;
    const line = text.closest('[data-line]');
    this.undo.typed();
    if (text.value && !this.at(line).value) {
      this.at(line).value = this.clock.stamp();
      line.classList.toggle('timed', Boolean(this.at(line).value));
    }
    const before = text.value.slice(0, text.selectionStart);
    if (/\s$/.test(before)) {
      this.takeSigns(line);
      this.tellUnknown(line, before.trimEnd());
    }
    this.suggestions.show(line, text, before.match(/(?:^|\s)\/([A-Za-z0-9.]*)$/)?.[1]);
  }

  // ── Components ─────────────────────────────────────────────────────────

  // "/C1" in the words becomes a tag, other slashes stay.
  takeSigns(line) {
    const text = this.text(line);
    const found = [];
    const caret = text.selectionStart;
    const left = text.value.slice(0, caret).replace(SIGN, (...match) => this.sign(found, match)).length;
    const clean = text.value.replace(SIGN, (...match) => this.sign(found, match));
    if (!found.length) return;
    text.value = clean;
    text.setSelectionRange(left, left);
    const fresh = new Set(found.filter((id) => !this.ids(line).includes(id)));
    if (fresh.size) this.tag(line, ...fresh);
    else this.tell(line);
  }

  // Words that end with "/zz9", which no component is called: they stay as they are, and that is said.
  tellUnknown(line, words) {
    const sign = words.match(/(?:^|\s)\/([A-Za-z0-9.]{1,64})$/)?.[1];
    if (sign && !this.components.find(sign)) this.say('unknown', { n: this.number(line), sign: `/${sign}` });
  }

  sign(found, [whole, space, word]) {
    const id = this.components.find(word);
    if (!id) return whole;
    found.push(id);
    return space;
  }

  pick(line, id) {
    const text = this.text(line);
    const caret = text.selectionStart;
    const before = text.value.slice(0, caret).replace(/\/[A-Za-z0-9.]*$/, '');
    text.value = before + text.value.slice(caret);
    text.setSelectionRange(before.length, before.length);
    this.tag(line, id);
    text.focus();
  }

  // Tagging a component that is there already takes it off.
  tag(line, ...ids) {
    if (!line || !ids.length) return;
    const before = this.ids(line);
    const off = ids.length === 1 && before.includes(ids[0]);
    const now = off ? before.filter((id) => id !== ids[0]) : [...before, ...ids];
    this.setTags(line, now);
    this.undo.add(() => this.setTags(line, before));
    this.say(off ? 'untagged' : 'tagged', { n: this.number(line), component: ids.join(', ') });
  }

  setTags(line, ids) {
    const field = line.querySelector('.for');
    field.value = this.components.inOrder(ids).join(' ');
    this.drawChips(line);
    this.tell(line);
  }

  drawChips(line) {
    const chips = line.querySelector('.chips') ?? line.insertBefore(Object.assign(document.createElement('span'), { className: 'chips' }), line.querySelector('.for'));
    const number = this.number(line);
    const made = this.ids(line).map((id) => this.chip('chip', id, this.words.off, id, number));
    chips.replaceChildren(...made, this.chip('chip add', this.words.add, this.words.addTo, '', number));
    line.classList.toggle('timed', Boolean(this.at(line).value));
  }

  chip(className, label, spoken, id, number) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className, textContent: label });
    button.dataset.id = id;
    button.setAttribute('aria-label', spoken.replace('{component}', id).replace('{n}', number));
    return button;
  }

  clicked(target) {
    const chip = target.closest('.chip');
    if (!chip) return;
    const line = chip.closest('[data-line]');
    if (chip.dataset.id) this.tag(line, chip.dataset.id);
    this.focus(line);
    if (!chip.dataset.id) this.suggestions.show(line, this.text(line), '');
  }

  changed(field) {
    if (field.matches('.for, .at')) this.drawChips(field.closest('[data-line]'));
    this.settle();
  }

  // ── The whole ──────────────────────────────────────────────────────────

  enter(line) {
    if (!line || line === this.present) return;
    this.present?.classList.remove('here');
    this.present = line;
    line.classList.add('here');
    this.components.mark(this.ids(line));
  }

  leave(event) {
    const line = event.target.closest('[data-line]');
    if (line.contains(event.relatedTarget)) return;
    this.suggestions.hide();
    if (event.target.matches('.words')) {
      this.takeSigns(line);
      this.tellUnknown(line, this.text(line).value.trimEnd());
    }
  }

  say(what, values) {
    let words = this.words[what];
    for (const [name, value] of Object.entries(values)) words = words.replace(`{${name}}`, value);
    this.said.textContent = words;
  }

  settle() {
    if (this.settling) return;
    this.settling = requestAnimationFrame(() => {
      this.settling = null;
      const filled = this.lines().filter((line) => this.text(line).value.trim());
      this.components.count(filled.flatMap((line) => this.ids(line)));
      this.components.mark(this.present ? this.ids(this.here()) : []);
      this.clock.draw(filled.length, filled.filter((line) => !this.ids(line).length).length);
    });
  }

  lastTime() {
    return this.lines().map((line) => this.at(line).value).filter(Boolean).at(-1);
  }
}

document.querySelectorAll('form:has([data-script])').forEach((form) => new Script(form).start());
