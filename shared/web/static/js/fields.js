// A form's own fields as the district keeps them: one text, or a list of texts where several may be chosen.

const HIDDEN = new Set(['csrf', 'once', 'version', 'page', 'person', 'draft', 'draft_revision', 'keep_draft']);
const SECRET = /password|secret|passcode/i;

const own = (input) => input.name && !HIDDEN.has(input.name) && !SECRET.test(input.name)
  && !['file', 'submit', 'button', 'password', 'fieldset', 'output'].includes(input.type);

export function names(form) {
  return [...new Set([...form.elements].filter(own).map((input) => input.name))];
}

const inputs = (form, name) => [...form.elements].filter((input) => input.name === name && own(input));

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

// What the form says now, and what it said when the page came.
export const read = (form, name) => value(inputs(form, name), true);
export const rendered = (form, name) => value(inputs(form, name), false);

export function write(form, name, text) {
  for (const input of inputs(form, name)) {
    if (input.type === 'checkbox') input.checked = [text].flat().includes(input.value);
    else if (input.type === 'radio') input.checked = input.value === text;
    else input.value = text;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }
}

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
