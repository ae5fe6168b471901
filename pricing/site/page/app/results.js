// The engine's documents as tables. Nothing is worked out here: each figure is a text of theirs.
import { amount, digits, h, named, per, rounded, short, visible } from "./dom.js";

const FIGURE = "figure";

/** Give what a comparison says. */
export function comparison(document) {
  const ranked = document.offers.filter((offer) => offer.total !== null);
  const most = Math.max(1, ...ranked.map((offer) => Number(offer.ratio ?? 1)));
  return table(
    "Comparison",
    [["Model at seller"], [`Total${document.currency ? ` ${document.currency}` : ""}`, FIGURE], ["Ratio", FIGURE], ["", "graph"], ["Checked", "wide"]],
    document.offers.map((offer, number) => {
      const name = h("th", { scope: "row", class: "long" }, named(offer.card));
      if (offer.total === null) {
        return h("tr", { "data-card": offer.card }, name,
          h("td", { class: "missing long", colspan: 3 }, visible(offer.reason ?? "no price")),
          h("td", { class: "wide" }, offer.checked ?? ""));
      }
      const bar = h("span", { class: "bar" });
      bar.style.width = `${(100 * Number(offer.ratio ?? 1)) / most}%`;
      const own = offer.own ? ` (${digits(offer.own.amount)} ${visible(offer.own.currency)})` : "";
      return h("tr", { "data-card": offer.card, class: number === 0 && ranked.length > 1 ? "best" : null }, name,
        h("td", { class: FIGURE }, amount(offer.total), own, offer.estimate ? " estimate" : ""),
        h("td", { class: FIGURE, title: offer.ratio }, offer.ratio === null ? "" : `${rounded(offer.ratio, 2)} ×`),
        h("td", { class: "graph", "aria-hidden": "true" }, bar),
        h("td", { class: "wide" }, offer.checked ?? ""));
    }),
  );
}

/** Give the line items of a cost. */
export function lines(document) {
  const several = new Set(document.lines.map((line) => line.record ?? "")).size > 1;
  const codes = new Set(document.lines.map((line) => line.currency));
  const one = codes.size === 1 ? [...codes][0] : null;
  const isPlain = document.lines.every((line) => !line.modifiers?.length);
  const columns = [["Meter"], ["Quantity", FIGURE], ["Price", FIGURE], ["Per", "wide"], ["Factors"], [one ? `Amount ${one}` : "Amount", FIGURE], ["Line of the card", "wide"]];
  if (isPlain) columns.splice(4, 1);
  if (several) columns.unshift(["Record"]);
  return table(
    "Lines",
    columns,
    document.lines.map((line) =>
      h("tr", {},
        several ? h("td", {}, visible(line.record ?? "")) : null,
        h("th", { scope: "row" }, visible(line.meter)),
        h("td", { class: FIGURE }, digits(line.quantity)),
        h("td", { class: FIGURE }, line.price),
        h("td", { class: "wide" }, per(line.per) + visible(line.unit)),
        isPlain ? null : h("td", {}, visible((line.modifiers ?? []).map((m) => `${m.name} × ${m.factor}`).join(", "))),
        h("td", { class: FIGURE }, amount(line.amount, one ? null : line.currency)),
        h("td", { class: "wide aside" }, visible((line.source ?? "").replace("ratecards/", ""))))),
    total(document, columns, one),
  );
}

function total(document, columns, one) {
  if (document.total === null || document.total === undefined) return null;
  const [, ...between] = columns.slice(0, -2);
  return h("tr", {}, h("th", { scope: "row" }, document.lower_bound ? "Total, at least" : "Total"),
    between.map(([, kind]) => h("td", { class: kind })),
    h("td", { class: FIGURE }, amount(document.total, document.currency === one ? null : document.currency)),
    h("td", { class: "wide" }));
}

/** Give the groups of a log's cost. */
export function groups(document) {
  const keys = Object.keys(document.groups[0]?.key ?? {});
  if (!keys.length) return null;
  return table(
    `By ${keys.join(", ")}`,
    [...keys.map((key) => [key[0].toUpperCase() + key.slice(1)]), ["Requests", FIGURE], ["Input", FIGURE], ["Cached", "figure wide"], ["Output", FIGURE], ["Cost", FIGURE]],
    document.groups.map((group) => {
      const quantity = (start) => meters(group.quantities, start);
      return h("tr", {},
        keys.map((key, number) => h(number ? "td" : "th", { scope: number ? null : "row", class: "long" }, named(group.key[key] ?? "none"))),
        h("td", { class: FIGURE }, digits(String(group.requests))),
        h("td", { class: FIGURE }, quantity("input")),
        h("td", { class: "figure wide" }, quantity("cache_read")),
        h("td", { class: FIGURE }, quantity("output")),
        h("td", { class: FIGURE }, group.total === null || group.total === undefined ? h("span", { class: "missing" }, "no price") : amount(group.total),
          group.lower_bound && group.total != null ? " at least" : ""));
    }),
    document.total == null ? null : h("tr", {}, h("th", { scope: "row", colspan: keys.length }, document.lower_bound ? "Total, at least" : "Total"),
      h("td", { class: FIGURE }, digits(String(document.requests))), h("td", {}), h("td", { class: "wide" }), h("td", {}),
      h("td", { class: FIGURE }, amount(document.total, document.currency))),
  );
}

function meters(quantities, name) {
  return quantities[name] === undefined ? "" : digits(quantities[name]);
}

/** Give what has no price, and why. */
export function unpriced(document) {
  if (!document.unpriced?.length) return null;
  return table("Without a price", [["Model"], ["Why"], ["Requests", FIGURE]], document.unpriced.map((entry) =>
    h("tr", {}, h("th", { scope: "row", class: "long" }, named(entry.model)), h("td", { class: "long missing" }, visible(entry.reason ?? "")),
      h("td", { class: FIGURE }, entry.requests === undefined ? "" : digits(String(entry.requests))))));
}

/** Give a cost in one line: the amount, and how far it can be trusted. */
export function headline(document) {
  if (document.total === null || document.total === undefined) return ["No total: see below."];
  const asides = [`${digits(String(document.requests))} ${document.requests === 1 ? "request" : "requests"}`];
  const { seller, at } = document.assumed ?? {};
  if (seller) asides.push(`seller assumed: ${seller}`);
  if (at) asides.push(`priced as of ${short(at)}`);
  return [document.lower_bound ? "at least " : "", amount(document.total, document.currency),
    h("span", { class: "aside" }, visible(asides.join(", ")))];
}

/** Give a comparison in one line. */
export function cheapest(document) {
  const [first] = document.offers;
  if (!first || first.total === null) return ["No offer has a price for all of it."];
  const { requests, at } = document.workload;
  return [amount(first.total, document.currency), " at ", named(first.card),
    h("span", { class: "aside" }, `${document.offers.length === 1 ? "" : "the cheapest; "}${digits(String(requests))} ${requests === 1 ? "request" : "requests"}${at ? `, priced as of ${short(at)}` : ""}`)];
}

function table(caption, columns, rows, foot = null) {
  const head = columns.map(([name, kind]) => (name ? h("th", { scope: "col", class: kind }, visible(name)) : h("td", { class: kind })));
  return h("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" },
    h("table", { "data-table": caption.split(" ")[0].toLowerCase() }, h("caption", {}, visible(caption)),
      h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows), foot && h("tfoot", {}, foot)));
}
