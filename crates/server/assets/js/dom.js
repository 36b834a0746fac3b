// Making elements.

const SVG = 'http://www.w3.org/2000/svg';

function assign(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
  else if (name === 'class') node.className = value;
  else node.setAttribute(name, value === true ? '' : value);
}

/** `element('button', { type: 'button', onclick: run }, 'Save')`. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) assign(node, name, value);
  node.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

/** One of the symbols that every page brings along. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Shows another symbol in the same place. */
export function setIcon(svg, name) {
  svg.firstElementChild.setAttribute('href', `#i-${name}`);
}

/** A button with a symbol and a name; `quiet` ones show the symbol only. */
export function iconButton(symbol, name, onclick, { quiet = true, kind = '' } = {}) {
  const label = quiet ? [] : [element('span', {}, name)];
  const attributes = { type: 'button', class: `${quiet ? 'round' : 'button'} ${kind}`.trim(), onclick };
  if (quiet) Object.assign(attributes, { 'aria-label': name, title: name });
  return element('button', attributes, icon(symbol), ...label);
}

/** Pictures that may not exist step aside instead of showing a broken one. */
export function stepAsideWhenMissing(image) {
  const leave = () => { image.hidden = true; };
  image.addEventListener('error', leave, { once: true });
  if (image.complete && image.naturalWidth === 0) leave();
}
