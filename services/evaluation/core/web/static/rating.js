// The score so far follows what is chosen: the form is worked out by the district, and its answer put in the place of the old one.

const form = document.getElementById('rate');
const PAUSE = 250;
let timer;
let asked = 0;

async function workOut() {
  asked += 1;
  const mine = asked;
  const typed = new FormData(form);
  typed.set('do', 'score');
  const body = new URLSearchParams(typed);
  try {
    const response = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin' });
    if (!response.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const id of ['worked', 'worked-line']) {
      const fresh = page.getElementById(id);
      if (fresh) document.getElementById(id).replaceChildren(...fresh.childNodes);
    }
  } catch {
    // no connection: the button "Work out the score" stays
  }
}

form?.addEventListener('change', (event) => {
  if (event.target.type !== 'radio') return;
  clearTimeout(timer);
  timer = setTimeout(workOut, PAUSE);
});
