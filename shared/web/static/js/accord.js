// What every page runs. Each part makes something better that already works without it.

import { takeUp } from './giving.js';
import { leaveNothing } from './leaving.js';
import { pressOnce } from './once.js';
import { echoDates, focusSummary, forgetSent, growTexts, countLetters, enterGoesOn, freeTables } from './helpers.js';

// Where the line was cut before this part had come: once it is back, and until then as without scripts.
const saveDrafts = () => import('./draft.js')
  .then(({ saveItself }) => document.querySelectorAll('form[data-draft]').forEach(saveItself))
  .catch(() => addEventListener('online', saveDrafts, { once: true }));

const start = () => {
  forgetSent();
  pressOnce(document);
  leaveNothing(document);
  echoDates(document);
  growTexts(document);
  countLetters(document);
  enterGoesOn(document);
  freeTables(document);
  focusSummary(document);
  if (document.querySelector('form[data-draft]')) saveDrafts();
  takeUp(document).catch(reportError);
};

// A page brought back by the Back button shows what was there before it was sent: take it afresh, drafts are laid over it.
addEventListener('pageshow', (event) => {
  if (event.persisted && document.querySelector('form[data-draft]')) location.reload();
});
// Printed, nothing stays folded. Browsers that know ::details-content do it by the styles alone.
addEventListener('beforeprint', () => document.querySelectorAll('details:not([open])').forEach((one) => { one.open = true; one.dataset.printed = ''; }));
addEventListener('afterprint', () => document.querySelectorAll('details[data-printed]').forEach((one) => { one.open = false; delete one.dataset.printed; }));
start();
