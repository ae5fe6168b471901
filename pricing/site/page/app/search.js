// Searching the list of models: it is there before the engine is.
import { by, digits, h, named, visible } from "./dom.js";

const AT_ONCE = 12;

export class Search {
  #models;
  #texts;
  #shown = AT_ONCE;
  #found = [];
  #isChosen;
  #choose;
  #open;

  /** ``choose`` takes a card's name and whether it is chosen; ``open`` a model. */
  constructor(document, { isChosen, choose, open }) {
    this.#isChosen = isChosen;
    this.#choose = choose;
    this.#open = open;
    const first = (model) => (model.seller === model.publisher ? 0 : 1);
    const day = (model) => (model.since === null ? "" : model.since);
    const many = new Map();
    for (const { same } of document.models) many.set(same, (many.get(same) ?? 0) + 1);
    const ended = (model) => (model.status === "ended" ? 1 : 0);
    // makers' own prices first, on top what most sellers sell
    this.#models = [...document.models].sort(
      (a, b) =>
        ended(a) - ended(b) || first(a) - first(b) || many.get(b.same) - many.get(a.same) ||
        (day(a) < day(b) ? 1 : day(a) > day(b) ? -1 : 0),
    );
    // and one of each maker before the second of any
    const seen = new Map();
    const turn = new Map(
      this.#models.map((model) => {
        const number = seen.get(model.publisher) ?? 0;
        seen.set(model.publisher, number + 1);
        return [model, number];
      }),
    );
    this.#models.sort((a, b) => ended(a) - ended(b) || first(a) - first(b) || turn.get(a) - turn.get(b));
    this.#texts = new Map(
      this.#models.map((m) => [
        m,
        [m.card, m.same, ...m.aliases, document.sellers[m.seller].title].join(" ").toLowerCase(),
      ]),
    );
    this.sellers = document.sellers;
    const list = by("seller");
    for (const [name, seller] of Object.entries(document.sellers)) {
      list.append(h("option", { value: name }, visible(seller.title)));
      by("seller-names").append(h("option", { value: name }));
    }
    for (const id of ["search", "seller", "makers"]) {
      by(id).addEventListener("input", () => this.renew());
    }
    by("more").addEventListener("click", () => {
      const from = this.#shown;
      this.#shown += 50;
      this.draw();
      by("models").tBodies[0].rows[from]?.querySelector("button").focus();
    });
    this.renew();
  }

  /** Search anew for what the fields say. */
  renew() {
    const words = by("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const seller = by("seller").value;
    const makers = by("makers").checked;
    this.#shown = AT_ONCE;
    this.#found = this.#models.filter(
      (model) =>
        (!seller || model.seller === seller) &&
        (!makers || model.seller === model.publisher) &&
        words.every((word) => this.#texts.get(model).includes(word)),
    );
    const whole = by("search").value.trim().toLowerCase();
    const exact = (m) => (m.model.toLowerCase() === whole || m.card.toLowerCase() === whole ? 0 : 1);
    if (whole) this.#found.sort((a, b) => exact(a) - exact(b));
    this.draw();
  }

  draw() {
    const count = this.#found.length;
    const doubted = this.#found.slice(0, this.#shown).some((model) => model.doubt);
    by("found").textContent = count
      ? `${digits(String(count))} ${count === 1 ? "price" : "prices"}, per 1M tokens${doubted ? "; * not sourced well, see its details" : ""}`
      : "No model is called so. Look for a part of its name, or choose all sellers.";
    by("models").tBodies[0].replaceChildren(
      ...this.#found.slice(0, this.#shown).map((model) => this.#row(model)),
    );
    by("more").hidden = count <= this.#shown;
  }

  #row(model) {
    const price = (meter) => model.per_1m[meter] ?? "";
    const prices = model.status
      ? [h("td", { class: "figure missing", colspan: 3 }, model.status)]
      : ["input", "cache_read", "output"].map((meter) =>
          h("td", { class: `figure${model.doubt ? " warn" : ""}${meter === "cache_read" ? " wide" : ""}`, title: model.doubt },
            digits(price(meter)) + (model.doubt && price(meter) ? "*" : "")));
    return h(
      "tr",
      {},
      h("td", {}, h("input", {
        type: "checkbox",
        "aria-label": `Compare ${model.card}`,
        "data-card": model.card,
        input: (event) => this.#choose(model.card, event.target.checked),
        ...(this.#isChosen(model.card) ? { checked: true } : {}),
      })),
      h("th", { scope: "row", class: "long" },
        h("button", { type: "button", class: "name", click: () => this.#open(model) }, named(model.model))),
      h("td", {}, named(model.seller)),
      ...prices,
      h("td", { class: "wide" }, this.sellers[model.seller].currency),
      h("td", { class: "wide" }, model.since ?? ""),
      h("td", { class: "wide" }, model.checked ?? ""),
    );
  }
}
