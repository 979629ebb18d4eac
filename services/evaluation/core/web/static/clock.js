// Times of an observation by the district's clocks: the time of a line, how long it has lasted, what is still owed.

const LONGEST = 180; // minutes: nobody is taken to have observed longer than that without saying so

function minutes(time) {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

export class Clock {
  // lastTime: what says when the last line was written.
  constructor(form, words, lastTime) {
    this.form = form;
    this.words = words;
    this.lastTime = lastTime;
    this.shown = form.querySelector('[data-duration]');
    this.counted = form.querySelector('[data-lines]');
    this.owed = form.querySelector('[data-owed]');
    this.zone = this.shown.dataset.zone;
    this.makeEndButton();
    form.addEventListener('formdata', ({ formData }) => this.sendEnd(formData));
    setInterval(() => {
      this.drawDuration();
      if (this.lines !== undefined) this.drawOwed();
    }, 20000);
  }

  now() {
    const options = { timeZone: this.zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
    const parts = Object.fromEntries(new Intl.DateTimeFormat('en-GB', options).formatToParts().map((part) => [part.type, part.value]));
    return { day: `${parts.year}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}` };
  }

  value(name) {
    return this.form.elements[name].value;
  }

  isToday() {
    return this.value('day') === this.now().day;
  }

  // It goes on now: it is today, and its end is not given.
  isLive() {
    return this.isToday() && !this.value('ends');
  }

  // An end that was given takes no line its time: the lesson may go on after all, and the check tells of lines after it.
  stamp() {
    return this.isToday() ? this.now().time : '';
  }

  makeEndButton() {
    const ends = this.form.elements.ends;
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'button quiet', textContent: this.words.endNow });
    button.addEventListener('click', () => this.setEnd(this.now().time));
    ends.closest('.beside').append(button);
    this.endButton = button;
  }

  setEnd(time) {
    const ends = this.form.elements.ends;
    ends.value = time;
    ends.dispatchEvent(new Event('input', { bubbles: true }));
  }

  // Sent without an end: it ended with its last line. That goes along beside the field, which stays empty, for the lesson may
  // go on; the page that follows shows it and asks.
  sendEnd(formData) {
    if (['check', 'save'].includes(formData.get('do')) && this.isLive()) formData.set('end_untyped', this.endSoFar());
  }

  // When it ended if it ends now: with its last line, else this minute. Nothing where that is not after its beginning, or
  // so long after it that nobody can have meant it.
  endSoFar() {
    const begun = this.value('begins');
    const fits = (time) => time && time > begun && minutes(time) - minutes(begun) <= LONGEST;
    return [this.lastTime(), this.now().time].find(fits) ?? '';
  }

  draw(lines, loose) {
    const { wordsOne: one, wordsMany: many, wordsLoose: without } = this.counted.dataset;
    const said = [lines === 1 ? one : many.replace('{n}', lines)];
    if (lines && loose) said.push(without.replace('{n}', loose));
    this.counted.textContent = said.join(', ');
    this.lines = lines;
    this.drawDuration();
    this.drawOwed();
  }

  drawDuration() {
    const [begins, ends] = [this.value('begins'), this.value('ends')];
    const until = ends || (this.isLive() ? this.now().time : '');
    const lasted = begins && until ? minutes(until) - minutes(begins) : -1;
    const words = ends ? this.shown.dataset.wordsHeld : this.shown.dataset.wordsMinutes;
    this.shown.textContent = lasted >= 0 ? words.replace('{n}', lasted) : '';
    this.endButton.hidden = !this.isLive();
  }

  drawOwed() {
    const owed = [];
    const [begins, ends] = [this.value('begins'), this.value('ends')];
    const live = this.isToday();
    if (ends ? ends <= begins : live && this.now().time <= begins) owed.push(this.words.owedLater);
    else if (!ends && !(live && this.endSoFar())) owed.push(this.words.owedEnd);
    if (!this.lines) owed.push(this.words.owedLine);
    if (!this.value('strengths').trim() && !this.value('next_steps').trim()) owed.push(this.words.owedFeedback);
    const list = new Intl.ListFormat(document.documentElement.lang || 'en').format(owed);
    const words = owed.length ? this.words.owed.replace('{list}', list) : this.words.owedNothing;
    if (this.owed.textContent !== words) this.owed.textContent = words;
  }
}
