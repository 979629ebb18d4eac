// A form can't be sent twice by a second press. The server absorbs doubles as well (the hidden field "once").

const TRY_AGAIN_AFTER = 15000;

export function pressOnce(root) {
  root.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.matches('[data-once]') || event.defaultPrevented) return;
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

function free(form) {
  delete form.dataset.sending;
  form.querySelectorAll('button[aria-disabled]').forEach((button) => button.removeAttribute('aria-disabled'));
}
