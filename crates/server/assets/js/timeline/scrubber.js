// The strip of years beside a timeline: shows where one is, and leads anywhere at once.
import { element } from '../dom.js';
import { monthName } from '../format.js';

/** Year labels keep this distance. */
const LABEL_PX = 26;
/** Fewer months than this need no strip. */
const MIN_MONTHS = 3;

export class Scrubber {
  constructor(timeline) {
    this.timeline = timeline;
    this.root = timeline.root.querySelector('.scrubber');
    this.labels = element('div', { class: 'scrubber-labels', 'aria-hidden': 'true' });
    this.bubble = element('span', { class: 'scrubber-bubble' });
    this.handle = element('div', {
      class: 'scrubber-handle', role: 'slider', tabindex: '0', 'aria-label': 'Month', 'aria-orientation': 'vertical', 'aria-valuemin': '0',
    }, this.bubble);
    this.root.replaceChildren(this.labels, this.handle);
    this.listen();
    timeline.addEventListener('scroll', () => this.showPlace());
    timeline.addEventListener('change', () => this.showMonths());
    new ResizeObserver(() => this.showMonths()).observe(this.root);
  }

  get months() {
    return this.timeline.reel.months;
  }

  showMonths() {
    this.root.hidden = this.months.length < MIN_MONTHS;
    if (this.root.hidden) return;
    const { height: whole } = this.timeline.reel;
    const height = this.root.clientHeight;
    let last = -LABEL_PX;
    let year = '';
    const labels = [];
    for (const month of this.months) {
      const y = (month.top / whole) * height;
      if (month.key.slice(0, 4) === year || y - last < LABEL_PX || y > height - LABEL_PX / 2) continue;
      year = month.key.slice(0, 4);
      last = y;
      const label = element('span', {}, year);
      label.style.top = `${y}px`;
      labels.push(label);
    }
    this.labels.replaceChildren(...labels);
    this.handle.setAttribute('aria-valuemax', String(this.months.length - 1));
    this.showPlace();
  }

  /** The month that is looked at: the one a little below the top of the screen. */
  get current() {
    const { from } = this.timeline.view;
    return this.timeline.reel.at(Math.max(0, from + innerHeight * 0.12));
  }

  showPlace() {
    const month = this.current;
    if (!month || this.root.hidden) return;
    const { from } = this.timeline.view;
    const span = Math.max(1, this.timeline.reel.height - innerHeight);
    const part = this.isDragging ? this.part : Math.min(1, Math.max(0, from / span));
    this.handle.style.top = `${part * 100}%`;
    this.bubble.textContent = monthName(month.key);
    this.handle.setAttribute('aria-valuenow', String(this.months.indexOf(month)));
    this.handle.setAttribute('aria-valuetext', monthName(month.key));
  }

  goTo(part) {
    this.part = Math.min(1, Math.max(0, part));
    this.timeline.scrollTo(this.part * Math.max(0, this.timeline.reel.height - innerHeight));
    this.showPlace();
  }

  goToMonth(index) {
    const month = this.months[Math.min(this.months.length - 1, Math.max(0, index))];
    if (month) this.timeline.scrollTo(month.top);
  }

  listen() {
    const partAt = (event) => {
      const box = this.root.getBoundingClientRect();
      return (event.clientY - box.top) / box.height;
    };
    this.root.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      this.isDragging = true;
      this.root.classList.add('dragging');
      this.root.setPointerCapture(event.pointerId);
      this.handle.focus({ preventScroll: true });
      this.goTo(partAt(event));
    });
    this.root.addEventListener('pointermove', (event) => { if (this.isDragging) this.goTo(partAt(event)); });
    const end = () => { this.isDragging = false; this.root.classList.remove('dragging'); };
    for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) this.root.addEventListener(name, end);
    this.handle.addEventListener('keydown', (event) => this.onKey(event));
  }

  onKey(event) {
    const here = this.months.indexOf(this.current);
    const year = this.current?.key.slice(0, 4);
    const targets = {
      ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: here - 1, ArrowLeft: here - 1,
      PageDown: this.months.findIndex((month, index) => index > here && month.key.slice(0, 4) !== year),
      PageUp: this.months.findLastIndex((month, index) => index < here && month.key.slice(0, 4) !== year),
      Home: 0, End: this.months.length - 1,
    };
    if (!(event.key in targets)) return;
    event.preventDefault();
    const wanted = targets[event.key];
    // No other year that way: to the end.
    this.goToMonth(wanted < 0 && event.key === 'PageDown' ? this.months.length - 1 : wanted);
  }
}
