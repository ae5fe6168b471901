// One model's prices in full: conditions, history and sources, as the engine lists them.
import { by, digits, h, named, per, short, source, svg, visible } from "./dom.js";

const known = new Map();

async function seller(name) {
  if (!known.has(name)) {
    const answer = await fetch(new URL(`../data/sellers/${encodeURIComponent(name)}.json`, import.meta.url));
    if (!answer.ok) throw new Error(`the prices of ${name} cannot be loaded (${answer.status})`);
    known.set(name, await answer.json());
  }
  return known.get(name);
}

/** Show a model; ``others`` are the same model's cards at other sellers. */
export async function open(model, others, { choose, isChosen }) {
  const dialog = by("detail");
  const close = h("button", { type: "button", class: "quiet", click: () => dialog.close() }, "Close");
  const title = h("h2", { id: "detail-title" }, named(model.model), " at ", named(model.seller));
  const body = h("div", {}, h("p", { role: "status" }, "Loading…"));
  dialog.replaceChildren(h("header", {}, title, close), body);
  if (!dialog.open) dialog.showModal();
  let listed;
  try {
    listed = await seller(model.seller);
  } catch (error) {
    body.replaceChildren(h("p", { role: "alert" }, visible(error.message)));
    return;
  }
  const card = listed.cards[model.model];
  const many = others.filter((other) => other.card !== model.card).slice(0, 40);
  const all = [model, ...many];
  body.replaceChildren(
    h("p", {}, `Prices in ${visible(listed.currency)}, as printed. `,
      model.doubt ? h("span", { class: "warn" }, `${model.doubt}: not sourced well. `) : null,
      model.aliases.length ? ["Also called ", named(model.aliases.join(", ")), "."] : null),
    h("div", { class: "row actions" },
      h("button", { type: "button", click: () => { choose(model.card, true); dialog.close(); }, disabled: isChosen(model.card) }, "Compare it"),
      many.length ? h("button", { type: "button", class: "quiet", click: () => { all.forEach((m) => choose(m.card, true)); dialog.close(); } },
        `Compare all ${all.length} sellers`) : null),
    history(card.rows) ?? "",
    prices(card.rows),
    h("h3", {}, "History and sources"),
    h("dl", {}, card.notes.flatMap((note) => [
      h("dt", {}, short(note.from)),
      h("dd", {}, visible([note.mark, note.note].filter(Boolean).join(": ")),
        note.sources.flatMap((page) => [h("br"), source(page.url),
          visible(`${page.day ? `, ${page.day}` : ""}${page.note ? `, ${page.note}` : ""}`)])),
    ])),
  );
}

function prices(rows) {
  return h("div", { class: "scroll", role: "region", "aria-label": "All prices", tabindex: "0" },
    h("table", {},
      h("caption", {}, "Every price, the newest first"),
      h("thead", {}, h("tr", {}, ["Meter", "When"].map((name) => h("th", { scope: "col" }, name)),
        h("th", { scope: "col", class: "figure" }, "Price"),
        ["Per", "From", "Until", "Source"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows.map(row))));
}

function row(clause) {
  const when = [clause.condition, clause.name, clause.pool && `allowance ${clause.pool}`,
    clause.tier_up_to ? `up to ${digits(clause.tier_up_to)}` : clause.tier_from && clause.tier_from !== "0" ? `from ${digits(clause.tier_from)}` : null];
  const price = {
    price: () => clause.price + (clause.factor ? ` × ${clause.factor}` : ""),
    factor: () => `× ${clause.factor}`,
    unpriced: () => clause.reason.replace("_", " "),
  }[clause.kind]();
  return h("tr", { "data-kind": clause.kind },
    h("th", { scope: "row" }, visible(clause.meter)),
    h("td", { class: "long" }, visible(when.filter(Boolean).join(", "))),
    h("td", { class: clause.kind === "unpriced" ? "figure missing" : "figure" }, price),
    h("td", {}, clause.kind === "price" ? per(clause.per) + clause.unit : ""),
    h("td", {}, short(clause.valid_from)),
    h("td", {}, short(clause.valid_to)),
    h("td", {}, clause.source_url ? source(clause.source_url, clause.checked ?? "page") : ""));
}

/** Give the steps of input and output over time as a drawing, where there is more than one. */
function history(rows) {
  const steps = ["input", "output"].map((meter) => ({
    meter,
    points: rows
      .filter((r) => r.kind === "price" && r.meter === meter && !r.condition && !r.tier_from)
      .map((r) => [Date.parse(r.valid_from), (Number(r.price) / Number(r.per)) * 1e6 * Number(r.factor ?? 1),
        r.valid_to ? Date.parse(r.valid_to) : null])
      .sort((a, b) => a[0] - b[0]),
  })).filter(({ points }) => points.length);
  const times = steps.flatMap(({ points }) => points.map((p) => p[0]));
  if (new Set(times).size < 2) return null;
  const now = Math.max(Date.now(), ...times);
  const [low, high] = [Math.min(...times), now];
  const top = Math.max(...steps.flatMap(({ points }) => points.map((p) => p[1])));
  const x = (t) => 50 + ((t - low) / (high - low || 1)) * 540;
  const y = (p) => 125 - (p / (top || 1)) * 105;
  const drawing = svg("svg", { class: "history", viewBox: "0 0 640 150", role: "img", "aria-label": "Price per 1M tokens over time; the table below has its figures" });
  drawing.append(svg("path", { class: "axis", d: "M50 125H590" }));
  for (const { meter, points } of steps) {
    let path = "";
    points.forEach(([from, price, until], number) => {
      const end = Math.min(until ?? now, now);
      const joins = number && points[number - 1][2] === from;
      path += `${joins ? "L" : "M"}${x(from)} ${y(price)}H${x(end)}`;
    });
    drawing.append(svg("path", { class: meter, d: path }));
    const last = points[points.length - 1];
    drawing.append(svg("text", { class: meter, x: 595, y: y(last[1]) + 4 }, meter));
    drawing.append(svg("text", { x: 44, y: y(last[1]) + 4, "text-anchor": "end" }, String(Number(last[1].toPrecision(6)))));
  }
  const label = (t) => new Date(t).toISOString().slice(0, 10);
  drawing.append(svg("text", { x: 50, y: 143 }, label(low)), svg("text", { x: 590, y: 143, "text-anchor": "end" }, label(high)));
  return drawing;
}
