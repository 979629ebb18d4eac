// Signing out leaves nothing typed in this browser that the district has, or can be given now. What it can't be given is
// not thrown away: that it would stay here is said first, and signing out all the same takes a second press.

import { copies, drop, formOf, nameOf } from './device.js';

const PATIENCE = 5000;

export function leaveNothing(root) {
  const form = root.querySelector('form[data-leaves]');
  const start = form && nameOf(form.dataset.leaves, '');
  const mine = () => copies().filter((copy) => copy.name.startsWith(start));
  form?.addEventListener('submit', async (event) => {
    if (form.dataset.told) return;
    const saving = form.dataset.leaving ? [] : unsavedHere();
    if (!form.dataset.leaving && !saving.length && !mine().length) return;
    event.preventDefault();
    if (form.dataset.leaving) return;
    form.dataset.leaving = 'yes';
    // Whatever fails on the way, the press is answered: by signing out, or by what it would leave here.
    await Promise.race([Promise.all(saving), new Promise((done) => { setTimeout(done, PATIENCE); })]);
    await Promise.allSettled(mine().map((copy) => give(copy, form)));
    delete form.dataset.leaving;
    if (mine().length || unsavedHere().length) tell(form);
    else form.submit();
  });
}

// The forms of this page that hold something the district has not: each answers with its saving (draft.js).
function unsavedHere() {
  const saving = [];
  document.dispatchEvent(new CustomEvent('accord:leaving', { detail: saving }));
  return saving.map((one) => one.catch(() => {})); // what could not be saved is found unsaved afterwards
}

// What a closed page left, or another open one has not saved yet.
async function give(copy, form) {
  const { url, tab } = formOf(copy.name, form.dataset.leaves);
  const groups = new Map();
  for (const [name, value] of Object.entries(copy.fields)) {
    const base = copy.bases?.[name] ?? copy.base;
    groups.set(base, { ...groups.get(base), [name]: value });
  }
  const put = (base, fields) => fetch(url, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': form.elements.csrf.value },
    body: JSON.stringify({ base, fields, tab, person: form.dataset.leaves }),
    credentials: 'same-origin',
    signal: AbortSignal.timeout(PATIENCE),
  }).catch(() => null);
  for (const [base, fields] of groups) {
    let response = await put(base, fields);
    if (response?.status === 409 && base) response = await put(0, fields); // sent or let go of meanwhile: begun afresh
    if (!response?.ok) return;
  }
  drop(copy.name);
}

function tell(form) {
  form.dataset.told = 'yes';
  const said = Object.assign(document.createElement('p'), { className: 'notice warn', textContent: form.dataset.leftWords });
  said.setAttribute('role', 'alert');
  document.querySelector('main').prepend(said);
  said.scrollIntoView({ block: 'center' });
}
