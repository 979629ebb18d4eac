// What this device holds of forms that no open page shows, given to the district as its author's draft. It stands there under
// "What you typed and did not send", also where its form was sent from another device and is no form any more.

import { drop, formOf, left } from './device.js';

export const PATIENCE = 5000;

// `form`: of signing out, which every page of theirs has: it says whose page this is, and has the session's token.
export async function give(copy, form) {
  const { url, tab } = formOf(copy.name, form.dataset.leaves);
  const groups = new Map();
  for (const [name, value] of Object.entries(copy.fields)) {
    const base = copy.bases?.[name] ?? copy.base;
    groups.set(base, { ...groups.get(base), [name]: value });
  }
  const put = (base, fields) => fetch(url, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': form.elements.csrf.value },
    body: JSON.stringify({ base, fields, tab, person: form.dataset.leaves, once: copy.once ?? '' }),
    credentials: 'same-origin',
    signal: AbortSignal.timeout(PATIENCE),
  }).catch(() => null);
  for (const [base, fields] of groups) {
    let response = await put(base, fields);
    if (response?.status === 409 && base) response = await put(0, fields); // sent or let go of meanwhile: begun afresh
    if (!response?.ok && !(copy.once && await saysGone(response))) return false;
  }
  drop(copy.name);
  return true;
}

// Begun afresh, only what was sent with its form is refused so: its answer was lost on the way.
async function saysGone(response) {
  const problem = await response?.json().catch(() => null);
  return Boolean(problem?.type?.endsWith('/draft_gone'));
}

// On a page where a form stood that is there no more, and on the one that shows all that was not sent. What another page of
// this browser holds open stays with that page; whatever can't be given stays on the device, and is tried with the next visit.
// What was pressed to be sent is on its way: the page that answers is not yet one where its form has gone.
export async function takeUp(root) {
  const form = root.querySelector('form[data-leaves]');
  if (!form) return;
  const all = root.querySelector('[data-unsent]');
  const shown = [...root.querySelectorAll('form[data-draft]')].map((one) => one.dataset.draft);
  const stood = (copy) => copy.page === location.pathname && !copy.once && !shown.includes(formOf(copy.name, form.dataset.leaves).url);
  const found = (await left(form.dataset.leaves)).filter((copy) => all || stood(copy));
  const given = await Promise.all(found.map((copy) => give(copy, form)));
  if (!given.some(Boolean)) return;
  if (all) location.reload();
  else say(root, form, found.find((_copy, place) => given[place]));
}

function say(root, form, copy) {
  const said = Object.assign(document.createElement('p'), { className: 'notice', textContent: `${form.dataset.keptWords} ` });
  said.setAttribute('role', 'status');
  const href = formOf(copy.name, form.dataset.leaves).url.replace(/\/drafts\/.*/, '/unsent');
  said.append(Object.assign(document.createElement('a'), { href, textContent: form.dataset.unsentWords }), '.');
  root.querySelector('main > h1').after(said);
}
