// Making elements. Whatever comes from a card, a log, a link or a person goes in as text, never as
// markup, and characters that would hide or turn around what follows are spelled out.

/** Give an element; attributes that are false or null are left out, functions are listeners. */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") made.addEventListener(name, value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

const NS = "http://www.w3.org/2000/svg";

/** Give an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export const by = (id) => document.getElementById(id);

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

/** Give text with control characters and marks of direction spelled out, as \u202e. */
export function visible(text) {
  return String(text).replace(
    HIDDEN,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Give a name, kept from changing the direction of what stands around it. */
export const named = (text) => h("bdi", {}, visible(text));

/** Give a number of the engine: its own digits, with commas between thousands. */
export function digits(text) {
  const [, sign, whole, rest] = /^(-?)(\d+)(.*)$/s.exec(text) ?? [null, "", "", text];
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, ",") + rest;
}

/** Give an amount: the exact digits are also its value. */
export function amount(text, currency) {
  const shown = currency ? `${digits(text)} ${visible(currency)}` : digits(text);
  return h("data", { value: text }, shown);
}

/** Give a decimal text rounded to so many places, half away from zero; for ratios, never money. */
export function rounded(text, places) {
  const [whole, rest = ""] = text.split(".");
  if (!/^\d+$/.test(whole + rest)) return text;
  const kept = BigInt(whole + rest.padEnd(places, "0").slice(0, places));
  const up = (rest[places] ?? "0") >= "5" ? 1n : 0n;
  const all = String(kept + up).padStart(places + 1, "0");
  return `${all.slice(0, -places)}.${all.slice(-places)}`;
}

/** Give the meaning of a count of units: 1M, 1K. */
export const per = (count) =>
  ({ 1000000: "1M ", 1000: "1K ", 1: "" })[count] ?? `${digits(count)} `;

/** Give an instant as its day where it is a midnight. */
export const short = (instant) => (instant ?? "").replace("T00:00:00Z", "");

/** Give a link to a page outside, only where it is one of the web. */
export function source(url, text) {
  return /^https?:\/\//.test(url)
    ? h("a", { href: url, rel: "noreferrer noopener", target: "_blank" }, visible(text ?? url))
    : document.createTextNode(visible(text ?? url));
}
