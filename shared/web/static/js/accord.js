// What every page runs. Each part makes something better that already works without it.

import { pressOnce } from './once.js';
import { echoDates, focusSummary, forgetSent, growTexts, countLetters, freeTables } from './helpers.js';

const start = () => {
  forgetSent();
  pressOnce(document);
  echoDates(document);
  growTexts(document);
  countLetters(document);
  freeTables(document);
  focusSummary(document);
  if (document.querySelector('form[data-draft]')) {
    import('./draft.js').then(({ saveItself }) => document.querySelectorAll('form[data-draft]').forEach(saveItself));
  }
};

// A page brought back by the Back button shows what was there before it was sent: take it afresh, drafts are laid over it.
addEventListener('pageshow', (event) => {
  if (event.persisted && document.querySelector('form[data-draft]')) location.reload();
});
start();
