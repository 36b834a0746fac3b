// One picture over the timeline, with an address of its own.
import { get } from '../api.js';
import { deleteForGood, moveToTrash, restore, setFavorite } from '../actions.js';
import { element, iconButton, setIcon } from '../dom.js';
import { saveOriginal } from '../downloads.js';
import { clock, longDay } from '../format.js';
import { fromInfo } from '../timeline/library.js';
import { complain } from '../toast.js';
import { details } from './details.js';
import { listenToSwipes } from './gestures.js';
import { fetchAhead, stage } from './stage.js';

export class Viewer {
  asset = null;
  showsDetails = false;

  constructor(timeline) {
    this.timeline = timeline;
    this.build();
    this.node.addEventListener('keydown', (event) => this.onKey(event));
    window.addEventListener('popstate', () => this.onAddress());
    listenToSwipes(this.place, (where) => this.onSwipe(where));
  }

  build() {
    const { timeline } = this;
    const isTrash = timeline.kind === 'trash';
    this.title = element('p', { class: 'viewer-title', 'aria-live': 'polite' });
    this.favorite = iconButton('heart', 'Favourite (F)', () => this.toggleFavorite());
    this.info = iconButton('info', 'Details (I)', () => this.toggleDetails());
    this.info.setAttribute('aria-expanded', 'false');
    const own = isTrash
      ? [iconButton('restore', 'Restore', () => this.act(restore)), iconButton('trash', 'Delete for good', () => this.act(deleteForGood))]
      : [this.favorite, iconButton('trash', 'Move to trash (Delete)', () => this.act(moveToTrash))];
    const bar = element(
      'header', { class: 'viewer-bar' }, iconButton('left', 'Close (Escape)', () => this.close()), this.title,
      timeline.may('download') && iconButton('download', 'Download original', () => saveOriginal(this.asset.id)),
      ...(timeline.may('change') ? own : []), timeline.may('details') && this.info,
    );
    this.place = element('div', { class: 'stage' });
    this.previous = iconButton('left', 'Previous (Left arrow)', () => this.step(-1), { kind: 'step previous' });
    this.next = iconButton('right', 'Next (Right arrow)', () => this.step(1), { kind: 'step next' });
    this.panel = element('aside', { class: 'details', 'aria-labelledby': 'details-title', hidden: true });
    this.node = element(
      'div', { class: 'viewer', role: 'dialog', 'aria-modal': 'true', 'aria-label': 'Photo', tabindex: '-1', hidden: true },
      element('div', { class: 'viewer-main' }, bar, this.place, this.previous, this.next), this.panel,
    );
    document.body.append(this.node);
  }

  get address() {
    const rest = location.pathname.slice(this.timeline.path.length + 1);
    return location.pathname.startsWith(`${this.timeline.path}/`) ? rest : null;
  }

  /** Opens what the address names, when the page was loaded with a picture in it. */
  async openFromAddress() {
    if (this.address) await this.show(this.address);
  }

  /** Opens a picture; the back button closes it again. */
  open(id) {
    history.pushState({ viewer: true }, '', `${this.timeline.path}/${id}`);
    return this.show(id);
  }

  /** The back and forward buttons. */
  onAddress() {
    if (this.address) this.show(this.address);
    else if (!this.node.hidden) this.hide();
  }

  async show(id) {
    let asset = this.timeline.asset(id);
    if (!asset || this.showsDetails) {
      try {
        this.facts = await get(`/assets/${id}`);
      } catch (error) {
        complain(error.status === 400 ? new Error('This picture does not exist any more.') : error);
        this.leave();
        return;
      }
      asset ??= (await this.timeline.locate(id, this.facts.localDateTime)) ?? fromInfo(this.facts);
    }
    // Somebody may have gone on while the answer was on its way.
    if (this.address !== id) return;
    this.present(asset);
  }

  present(asset) {
    this.asset = asset;
    const isNew = this.node.hidden;
    this.node.hidden = false;
    this.takeOver(true);
    const name = `${asset.isImage ? 'Photo' : 'Video'}, ${longDay(asset.time.slice(0, 10))}, ${clock(asset.time)}`;
    this.title.textContent = `${longDay(asset.time.slice(0, 10))}, ${clock(asset.time)}`;
    this.node.setAttribute('aria-label', name);
    this.place.replaceChildren(stage(asset, name));
    this.showFavorite();
    this.showNeighbours();
    if (this.showsDetails) this.showDetails();
    if (isNew) this.node.focus({ preventScroll: true });
  }

  /** While it is open, everything but messages is out of reach behind it. */
  takeOver(isOpen) {
    for (const node of document.body.children) if (node !== this.node && node.id !== 'toasts') node.inert = isOpen;
    document.documentElement.classList.toggle('is-viewing', isOpen);
  }

  async showNeighbours() {
    const { id } = this.asset;
    const [before, after] = await Promise.all([this.timeline.beside(id, -1), this.timeline.beside(id, 1)]);
    if (this.asset?.id !== id) return;
    this.previous.hidden = !before;
    this.next.hidden = !after;
    [after, before].forEach(fetchAhead);
  }

  async step(direction) {
    const asset = await this.timeline.beside(this.asset.id, direction);
    if (asset) await this.replace(asset.id);
  }

  replace(id) {
    history.replaceState(history.state, '', `${this.timeline.path}/${id}`);
    return this.show(id);
  }

  showFavorite() {
    const { isFavorite } = this.asset;
    setIcon(this.favorite.querySelector('svg'), isFavorite ? 'heart-full' : 'heart');
    this.favorite.setAttribute('aria-pressed', String(isFavorite));
  }

  async toggleFavorite() {
    const { asset } = this;
    const isFavorite = !asset.isFavorite;
    try {
      await setFavorite(this.timeline, [asset.id], isFavorite);
      asset.isFavorite = isFavorite;
      if (this.asset === asset) this.showFavorite();
    } catch (error) {
      complain(error);
    }
  }

  /** Does something after which the picture is no longer here, and goes on to the next one. */
  async act(action) {
    const { id } = this.asset;
    try {
      const next = (await this.timeline.beside(id, 1)) ?? (await this.timeline.beside(id, -1));
      if (await action(this.timeline, [id]) === false) return;
      if (next) await this.replace(next.id);
      else this.close();
    } catch (error) {
      complain(error);
    }
  }

  async toggleDetails() {
    this.showsDetails = !this.showsDetails;
    this.info.setAttribute('aria-expanded', String(this.showsDetails));
    this.panel.hidden = !this.showsDetails;
    if (this.showsDetails) await this.showDetails();
    else this.info.focus();
  }

  async showDetails() {
    const { id } = this.asset;
    try {
      if (this.facts?.id !== id || this.facts.stale) this.facts = await get(`/assets/${id}`);
    } catch (error) {
      complain(error);
      return;
    }
    if (this.asset?.id !== id) return;
    this.panel.replaceChildren(...details(this.facts, { isOwn: this.timeline.kind !== 'trash' && this.timeline.may('change'), close: () => this.toggleDetails() }));
    // What is edited in the panel is not written back into the answer it came from.
    this.facts.stale = true;
  }

  close() {
    if (history.state?.viewer) history.back();
    else this.leave();
  }

  /** Closes it where there is nothing to go back to. */
  leave() {
    history.replaceState(null, '', this.timeline.path);
    this.hide();
  }

  hide() {
    const id = this.asset?.id;
    this.node.hidden = true;
    this.asset = null;
    this.place.replaceChildren();
    this.takeOver(false);
    if (id && this.timeline.asset(id)) this.timeline.focus(id);
  }

  onSwipe(where) {
    if (where === 'close') this.close();
    else this.step(where === 'next' ? 1 : -1);
  }

  onKey(event) {
    // Words and players have uses of their own for these keys.
    if (event.target.closest('input, textarea')) {
      if (event.key === 'Escape') this.node.focus();
      return;
    }
    if ((event.target.closest('video') && event.key !== 'Escape') || event.ctrlKey || event.metaKey || event.altKey) return;
    const run = {
      ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1), Escape: () => this.close(),
      i: () => this.timeline.may('details') && this.toggleDetails(),
      f: () => this.timeline.kind !== 'trash' && this.timeline.may('change') && this.toggleFavorite(),
      Delete: () => this.timeline.may('change') && this.act(this.timeline.kind === 'trash' ? deleteForGood : moveToTrash),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!run) return;
    event.preventDefault();
    run();
  }
}
