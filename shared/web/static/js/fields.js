// A form's own fields as the district keeps them: one text, or a list of texts where several may be chosen.

const HIDDEN = new Set(['csrf', 'once', 'version', 'page', 'person', 'typist', 'draft', 'draft_revision', 'draft_tab', 'draft_touched', 'keep_draft', 'others_seen']);
const SECRET = /password|secret|passcode/i;

const own = (input) => input.name && !HIDDEN.has(input.name) && !SECRET.test(input.name)
  && !['file', 'submit', 'button', 'password', 'fieldset', 'output'].includes(input.type);

// Every field with its inputs, in one pass: a long form is looked through at every key.
export function gather(form) {
  const found = new Map();
  for (const input of form.elements) {
    if (!own(input)) continue;
    if (found.has(input.name)) found.get(input.name).push(input);
    else found.set(input.name, [input]);
  }
  return found;
}

// The fields of line 4, such as text-4 and at-4, are one thing (LINE_FIELD in shared/web/migration.py); any other is by itself.
const lineOf = (name) => name.match(/^[a-z]+-([1-9][0-9]*)$/)?.[1];
export const thingOf = (name) => (lineOf(name) ? `line ${lineOf(name)}` : name);

// What is to be said of those in `list`: of a line all of it, in its present place.
export function whole(list, all) {
  const lines = new Set(list.map(lineOf).filter(Boolean));
  return lines.size ? [...new Set([...list, ...all.filter((name) => lines.has(lineOf(name)))])] : list;
}

export const names = (form) => [...gather(form).keys()];

function value(all, now) {
  const [first] = all;
  if (first.type === 'checkbox') {
    return all.filter((input) => (now ? input.checked : input.defaultChecked)).map((input) => input.value);
  }
  if (first.type === 'radio') {
    return all.find((input) => (now ? input.checked : input.defaultChecked))?.value ?? '';
  }
  if (first.type === 'select-one') {
    if (now) return first.value;
    return ([...first.options].find((option) => option.defaultSelected) ?? first.options[0])?.value ?? '';
  }
  return now ? first.value : first.defaultValue;
}

// What the form says now, and what it said when the page came. A field that was in it and is gone says nothing.
export const read = (form, name, all = gather(form)) => (all.has(name) ? value(all.get(name), true) : '');
export const rendered = (form, name, all = gather(form)) => value(all.get(name), false);

export function write(form, name, text) {
  for (const input of gather(form).get(name) ?? []) {
    if (input.type === 'checkbox') input.checked = [text].flat().includes(input.value);
    else if (input.type === 'radio') input.checked = input.value === text;
    else input.value = text;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }
}

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
