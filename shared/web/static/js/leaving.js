// Signing out leaves nothing typed in this browser that the district has, or can be given now. What it can't be given is
// not thrown away: that it would stay here is said first, and signing out all the same takes a second press.

import { copies, nameOf } from './device.js';
import { give, PATIENCE } from './giving.js';

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

function tell(form) {
  form.dataset.told = 'yes';
  const said = Object.assign(document.createElement('p'), { className: 'notice warn', textContent: form.dataset.leftWords });
  said.setAttribute('role', 'alert');
  document.querySelector('main').prepend(said);
  said.scrollIntoView({ block: 'center' });
}
