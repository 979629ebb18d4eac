// A form that saves itself as one types: on this device at once, at the district as soon as it answers.
// The district merges field by field (shared/web/migration.py); what was written elsewhere is shown, never overwritten.

import { drop, hold, keep, left, nameOf } from './device.js';
import { gather, names, read, rendered, same, thingOf, whole, write } from './fields.js';
import { otherOf, showOther } from './other.js';
import { saySaved, sayWrong } from './saying.js';

const PAUSE = 600; // after the last key
const LONGEST = 3000; // while somebody types without a pause
const RETRY = [2000, 4000, 8000, 15000, 30000];
const KEEPALIVE_LIMIT = 60000; // browsers send no more than 64 kB behind a page that goes

export function saveItself(form) {
  const draft = new Draft(form);
  draft.start();
  return draft;
}

function freshName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

class Draft {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.draft;
    this.person = form.dataset.person;
    this.words = JSON.parse(form.querySelector('[data-words]').textContent);
    this.status = form.querySelector('[data-saved]');
    // What this page has kept itself is nobody else's text; shown again after it was sent, it is the same page.
    this.tab = form.dataset.tab ?? freshName();
    this.form.elements.draft_tab.value = this.tab;
    this.name = nameOf(this.person, this.url, this.tab);
    this.base = Number(form.elements.draft_revision.value);
    this.known = new Map(); // what the district has
    // Fields written in since the page was opened. Any other gives way to what its author writes elsewhere.
    this.touched = new Set((form.dataset.touched ?? '').split('\n').filter(Boolean));
    this.learn();
    this.offered = new Set(); // fields with two texts to choose from
    this.clashes = new Map(); // field -> the revision its writer had seen
    this.tries = 0;
    this.savedAt = '';
  }

  async start() {
    this.form.classList.add('saves-itself');
    hold(this.name);
    this.form.querySelectorAll('[data-other]').forEach((box) => this.offer(otherOf(box), box));
    this.form.addEventListener('input', () => this.changed());
    this.form.addEventListener('change', () => this.changed());
    this.form.addEventListener('submit', (event) => this.sending(event));
    this.form.addEventListener('formdata', ({ formData }) => this.tell(formData));
    addEventListener('online', () => this.soon(0));
    addEventListener('focus', () => this.tries && this.soon(0));
    addEventListener('pagehide', () => this.leave());
    document.addEventListener('accord:leaving', ({ detail }) => this.unsaved().length && detail.push(this.saveNow()));
    document.addEventListener('visibilitychange', () => document.hidden && this.unsaved().length && this.soon(0));
    await this.restore();
  }

  // Fields that were not there before hold what they were made with: what the district has, unless the form was refused
  // and shows what was typed into it.
  learn() {
    const all = gather(this.form);
    const { typed, touched } = this.form.dataset;
    const refused = (name) => typed !== undefined && (touched === undefined || this.touched.has(name));
    const out = this.form.takenOut ?? new Map(); // of the form, maybe before this part had come
    const has = (name) => (refused(name) ? null : out.get(name) ?? rendered(this.form, name, all));
    for (const name of [...all.keys(), ...out.keys()]) if (!this.known.has(name)) this.known.set(name, has(name));
  }

  // What was taken out of the form counts as emptied: nobody else would tell the district.
  unsaved() {
    const all = gather(this.form);
    const list = [...new Set([...all.keys(), ...this.known.keys()])];
    return whole(list.filter((name) => !same(read(this.form, name, all), this.known.get(name))), list);
  }

  tell(formData) {
    const all = gather(this.form);
    const list = [...this.touch()];
    list.filter((name) => this.known.has(name) && !all.has(name)).forEach((name) => formData.set(name, ''));
    formData.set('draft_touched', list.join('\n'));
  }

  touch(list = this.unsaved()) {
    list.forEach((name) => this.touched.add(name));
    return this.touched;
  }

  fields(list) {
    const all = gather(this.form);
    return Object.fromEntries(list.map((name) => [name, read(this.form, name, all)]));
  }

  changed() {
    const list = this.showing ? [] : this.unsaved();
    if (!list.length) return;
    this.touch(list);
    this.keepHere(list);
    this.first ??= Date.now();
    if (!this.stopped) this.soon(Math.max(0, Math.min(PAUSE, this.first + LONGEST - Date.now())));
  }

  keepHere(list, more = {}) {
    const bases = Object.fromEntries(this.clashes);
    this.kept = keep(this.name, { fields: this.fields(list), base: this.base, bases, page: location.pathname, ...more });
    this.keptAt = this.clock();
    return this.kept;
  }

  soon(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  // One request at a time; what was typed meanwhile goes with the next.
  async save(resolved = []) {
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    clearTimeout(this.timer);
    this.first = null;
    try {
      for (const [base, list] of this.groups(resolved)) {
        const sent = this.fields(list);
        const answer = await this.put(this.body(base, sent, resolved));
        if (!answer) return;
        this.take(sent, answer, base);
      }
      if (this.behind) await this.look().catch(reportError); // tried again with the next save
      this.settled();
    } finally {
      this.busy = false;
    }
    if (this.again) {
      this.again = false;
      this.soon(0);
    }
  }

  // After whatever is under way.
  async saveNow() {
    while (this.busy) await new Promise((done) => { setTimeout(done, 50); });
    await this.save();
  }

  // Fields by the revision their writer has seen: those that clash keep the old one until the author has chosen.
  groups(resolved) {
    const groups = new Map();
    const clashing = this.clashing();
    for (const name of new Set([...this.unsaved(), ...resolved])) {
      const base = clashing.get(thingOf(name)) ?? this.base;
      groups.set(base, [...(groups.get(base) ?? []), name]);
    }
    return groups;
  }

  // Field or line -> the oldest revision that the writer of any of it had seen.
  clashing() {
    const found = new Map();
    for (const [name, base] of this.clashes) found.set(thingOf(name), Math.min(base, found.get(thingOf(name)) ?? base));
    return found;
  }

  body(base, fields, resolved = []) {
    return { base, fields, resolved, tab: this.tab, person: this.person, once: this.form.elements.once.value };
  }

  async put(body, again = false) {
    let response;
    this.sent = new AbortController();
    try {
      response = await fetch(this.url, this.request(body, { signal: this.sent.signal }));
    } catch {
      if (!this.gone) this.away(this.words.away);
      return null;
    }
    if (response.ok) {
      if (response.headers.get('X-Session-Renew')) this.renew();
      return response.json();
    }
    return this.refused(response, body, again);
  }

  request(body, more = {}) {
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': this.form.elements.csrf.value };
    return { method: 'PUT', headers, body: JSON.stringify(body), credentials: 'same-origin', ...more };
  }

  async refused(response, body, again) {
    const problem = await response.json().catch(() => ({}));
    const code = (problem.type ?? '').split('/').pop();
    const whose = code === 'form_out_of_date' && !again ? await this.freshToken() : '';
    if (whose === 'mine') return this.put(body, true);
    if (whose === 'theirs' || code === 'someone_else') this.away(this.words.someoneElse);
    else if (code === 'form_out_of_date') this.away(this.words.away);
    else if (code === 'sign_in_first') this.away(this.words.signIn, { href: this.form.dataset.signIn, label: this.words.signInLink });
    else if (code === 'draft_gone') this.stop(problem, () => this.startAfresh());
    else if (response.status >= 500 || response.status === 429) this.away(this.words.away);
    else this.stop(problem);
    if (code === 'draft_too_large') this.stopped = false; // with the next key it may be shorter
    return null;
  }

  // Whose the present session is. Where it is another one of the same person, the page takes its token; while it is somebody
  // else's, this is asked again with every try, so that saving goes on once the same person is back.
  async freshToken() {
    const response = await fetch(this.url, { credentials: 'same-origin' }).catch(() => null);
    const found = response?.ok ? await response.json().catch(() => null) : null;
    const token = response?.headers.get('X-CSRF-Token');
    if (!found || !token) return '';
    if (found.person !== this.person) return 'theirs';
    this.form.elements.csrf.value = token;
    return 'mine';
  }

  renew() {
    fetch(`${this.form.dataset.renew}?next=${encodeURIComponent(location.pathname)}`, { redirect: 'manual', credentials: 'same-origin' }).catch(() => {});
  }

  take(sent, answer, base) {
    const clashing = new Map(answer.conflicts.map((clash) => [clash.field, clash]));
    // Saved by this page alone, it has seen all of the draft; else another has written in it meanwhile.
    if (answer.revision === this.base + 1 && !this.behind) this.base = answer.revision;
    else this.behind = true;
    this.savedAt = answer.saved_at;
    for (const [name, value] of Object.entries(sent)) {
      this.known.set(name, value);
      if (!clashing.has(name)) this.clashes.delete(name);
    }
    this.grow([...clashing.keys()]);
    const things = new Map();
    for (const [name, clash] of clashing) {
      this.clashes.set(name, base);
      things.set(thingOf(name), new Map([...(things.get(thingOf(name)) ?? []), [name, clash.theirs]]));
    }
    for (const texts of things.values()) if (![...texts.keys()].every((name) => this.offered.has(name))) this.offer(texts);
    this.sayRevision();
  }

  // While two texts wait for a choice, the form itself has not seen the other one.
  sayRevision() {
    this.form.elements.draft_revision.value = Math.min(this.base, ...this.clashes.values());
  }

  // What another page of this author has saved meanwhile is shown here, but not over what is being typed.
  async look() {
    const response = await fetch(this.url, { credentials: 'same-origin' }).catch(() => null);
    const found = response?.ok ? await response.json() : null;
    if (!found || found.person !== this.person) return;
    const known = (name) => (this.known.has(name) ? this.known.get(name) : '');
    const clashing = this.clashing();
    const newer = Object.entries(found.fields).filter(([name, value]) => !clashing.has(thingOf(name)) && !same(value, known(name)));
    this.grow(newer.map(([name]) => name));
    const [all, own] = [gather(this.form), new Set(this.unsaved())];
    for (const [name, value] of newer) {
      if (!all.has(name)) continue; // this page has no place for it
      if (!own.has(name)) this.show(name, value);
      else this.clashes.set(name, this.base); // typed without having seen it
    }
    this.base = found.revision;
    this.behind = false;
    this.sayRevision();
  }

  show(name, value) {
    this.showing = true;
    write(this.form, name, value);
    this.showing = false;
    this.known.set(name, read(this.form, name));
  }

  // A page whose fields grow as one types (the lines of a script) makes those it has not, or has no more.
  grow(list) {
    const all = gather(this.form);
    this.form.makeFields?.(list.filter((name) => !all.has(name)));
    this.learn();
  }

  settled() {
    this.tries = 0;
    const list = this.unsaved();
    if (list.length) this.keepHere(list);
    else drop(this.name);
    if (this.savedAt) saySaved(this.status, this.words.saved.replace('{district}', this.savedAt));
  }

  away(words, link) {
    this.say((this.kept === false ? this.words.nowhere : words)
      .replace('{device}', this.keptAt ?? this.clock())
      .replace('{district}', this.savedAt || this.words.nothingYet), 'away', link);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), RETRY[Math.min(this.tries, RETRY.length - 1)]);
    this.tries += 1;
  }

  stop(problem, afresh) {
    this.stopped = true;
    clearTimeout(this.timer);
    this.say(`${problem.title ?? ''}. ${problem.detail ?? ''} ${problem.remedy ?? ''}`, 'wrong');
    if (!afresh) return;
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'button secondary', textContent: this.words.afresh });
    button.addEventListener('click', afresh);
    this.status.append(' ', button);
  }

  startAfresh() {
    this.stopped = false;
    this.base = 0;
    this.clashes.clear();
    this.known = new Map(names(this.form).map((name) => [name, null]));
    this.save();
  }

  // In the district's zone, like every other time on the page, wherever the device is.
  clock(moment = new Date()) {
    return moment.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: this.words.zone });
  }

  say(text, tone, link = null) {
    sayWrong(this.status, text, tone, link);
  }

  // Another text for a field, or for those of a line: the author chooses; until then both are kept at the district.
  offer(texts, box = null) {
    const list = [...texts.keys()];
    list.forEach((name) => this.offered.add(name));
    showOther(this.form, texts, this.words, box, (chosen) => {
      for (const [name, text] of chosen) write(this.form, name, text);
      this.touch(list);
      list.forEach((name) => { this.offered.delete(name); this.clashes.delete(name); });
      this.save(list);
    });
  }

  async restore() {
    const found = await left(this.person, this.url);
    this.grow(found.flatMap((copy) => Object.keys(copy.fields)));
    let other = false; // the page shows something else than this device holds
    for (const copy of found) {
      const homeless = Object.keys(copy.fields).filter((name) => !this.known.has(name));
      for (const [name, value] of Object.entries(copy.fields)) {
        if (homeless.includes(name)) continue;
        other ||= !same(value, read(this.form, name));
        write(this.form, name, value);
        this.known.set(name, null);
        this.touched.add(name);
        const seen = copy.bases?.[name] ?? copy.base;
        if (seen < this.base) this.clashes.set(name, seen);
      }
      if (!homeless.length) drop(copy.name);
    }
    const list = this.unsaved();
    if (this.form.dataset.sending) this.goes(list); // pressed before this part had come
    if (this.gone || !list.length) return;
    this.keepHere(list);
    // What was sent with the form was answered, so of that nothing is said of not having arrived.
    const words = found.at(-1)?.once ? this.words.restoredSent : this.words.restored;
    if (other) this.say(words.replace('{device}', this.clock(new Date(found.at(-1).at))), 'away');
    this.soon(found.length ? PAUSE : 0);
  }

  // Without a line the form stays: the browser would put a page of its own in its place.
  sending(event) {
    const list = this.unsaved();
    if (!navigator.onLine) {
      event.preventDefault();
      if (list.length) this.keepHere(list);
      this.away(this.words.notSent);
      return;
    }
    this.goes(list);
  }

  goes(list) {
    clearTimeout(this.timer);
    if (list.length) this.keepHere(list, { once: this.form.elements.once.value });
    this.gone = true;
    this.sent?.abort(); // it must not arrive after the form itself
  }

  // The page goes: what is unsaved is on this device already; try to bring it to the district behind the page as well.
  leave() {
    const list = this.unsaved();
    if (this.gone || this.stopped || !list.length || !this.keepHere(list) || this.clashes.size) return;
    const request = this.request(this.body(this.base, this.fields(list)), { keepalive: true });
    if (request.body.length < KEEPALIVE_LIMIT) fetch(this.url, request).catch(() => {});
  }
}
