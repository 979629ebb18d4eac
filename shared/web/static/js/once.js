// A form can't be sent twice by a second press (the server absorbs doubles as well, by the hidden field "once"), and not
// without a line: the browser would put a page of its own in its place, and what was typed would go with it.

const TRY_AGAIN_AFTER = 15000;

export function pressOnce(root) {
  root.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.matches('[data-once]') || event.defaultPrevented) return;
    if (!navigator.onLine) {
      event.preventDefault();
      sayOffline(form);
      return;
    }
    form.querySelector('[data-offline]')?.remove();
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = 'yes';
    const button = event.submitter;
    if (button) button.setAttribute('aria-disabled', 'true');
    setTimeout(() => free(form), TRY_AGAIN_AFTER);
  });
  addEventListener('pageshow', () => root.querySelectorAll('form[data-sending]').forEach(free));
}

function sayOffline(form) {
  const said = form.querySelector('[data-offline]') ?? document.createElement('p');
  said.className = 'saved wrong';
  said.dataset.offline = '';
  said.setAttribute('role', 'alert');
  said.textContent = document.body.dataset.offlineWords;
  form.append(said);
}

function free(form) {
  delete form.dataset.sending;
  form.querySelectorAll('button[aria-disabled]').forEach((button) => button.removeAttribute('aria-disabled'));
}
