// The page: its state, and what is to be worked out when the state changes.
import { open } from "./detail.js";
import { by, h, named, visible } from "./dom.js";
import { Engine } from "./engine.js";
import { EXAMPLES } from "./examples.js";
import * as results from "./results.js";
import { Search } from "./search.js";
import { fragment, fromFragment } from "./share.js";
import * as words from "./words.js";

/** Longer texts are shown by model, not line by line. */
const ITEMISED = 200_000;
/** Milliseconds after the last change; a log is not read again at every key. */
const PAUSE = 250;
const LONG_PAUSE = 900;
const COUNTS = ["input", "cache_read", "cache_write", "output", "requests"];

const state = {
  chosen: [],
  mode: "counts",
  counts: {},
  meters: "",
  text: "",
  options: {},
};
/** Logs as the worker takes them; never shared. */
let logs = [];
let listed;
let search;
let isReady = false;
let timer;
/** The commands of what is shown, with what they gave: [words, document]. */
let shown = [];

const texts = () => (state.mode === "usage" ? { "usage.json": state.text } : {});
const files = () => (state.mode === "log" ? logs.map((log) => log.name) : ["usage.json"]);
const given = () => (state.mode === "log" ? logs : []);

// ---- the state and its fields

function read() {
  state.mode = document.querySelector("input[name=mode]:checked").value;
  for (const field of document.querySelectorAll("[data-count]")) {
    state.counts[field.dataset.count] = field.value;
  }
  state.meters = by("meters").value;
  state.text = by("text").value;
  state.options = {
    at: by("at").value.trim(),
    currency: by("currency").value,
    soldBy: by("sold-by").value.trim(),
    asModel: by("as-model").value.trim(),
    attributes: by("attributes").value,
    estimates: by("estimates").checked,
  };
  for (const mode of ["counts", "usage", "log"]) by(mode).hidden = mode !== state.mode;
}

function fill(from) {
  document.querySelector(`input[name=mode][value=${from.mode}]`).checked = true;
  for (const name of COUNTS) document.querySelector(`[data-count=${name}]`).value = from.counts[name];
  by("meters").value = from.meters;
  by("text").value = from.text;
  const { at, currency, soldBy, asModel, attributes, estimates } = from.options;
  by("at").value = at;
  if (currency && ![...by("currency").options].some((each) => each.value === currency)) {
    by("currency").append(h("option", { value: currency }, visible(currency)));
  }
  by("currency").value = currency;
  by("sold-by").value = soldBy;
  by("as-model").value = asModel;
  by("attributes").value = attributes;
  by("estimates").checked = estimates;
  by("options").open = Boolean(at || currency || soldBy || asModel || attributes || estimates);
  state.chosen = from.chosen;
  read();
  showChosen();
}

function choose(card, isChosen) {
  state.chosen = state.chosen.filter((name) => name !== card);
  if (isChosen) state.chosen.push(card);
  showChosen();
  renew();
}

function showChosen() {
  const known = new Set(listed.models.map((model) => model.card));
  by("chosen").replaceChildren(
    ...state.chosen.map((card) =>
      h("li", { class: known.has(card) ? null : "unknown" }, named(card),
        h("button", {
          type: "button",
          "aria-label": `Remove ${visible(card)}`,
          click: () => {
            choose(card, false);
            (by("chosen").querySelector("button") ?? by("search")).focus();
          },
        }, "×"))),
  );
  by("none-chosen").hidden = state.chosen.length > 0;
  for (const box of document.querySelectorAll("#models [data-card]")) {
    box.checked = state.chosen.includes(box.dataset.card);
  }
}

// ---- working out

/** Work it out anew, a moment after the last change. */
function renew(pause = state.mode === "log" ? LONG_PAUSE : PAUSE) {
  clearTimeout(timer);
  document.body.dataset.state = "";
  by("shared").textContent = "";
  by("link-label").hidden = true;
  timer = setTimeout(workOut, pause);
}

let isWorking = false;
let isStale = false;

async function workOut() {
  if (!isReady) return;
  if (isWorking) {
    isStale = true;
    return;
  }
  isWorking = true;
  try {
    do {
      isStale = false;
      await { counts: fromCounts, usage: fromUsage, log: fromLogs }[state.mode]();
    } while (isStale);
  } catch (error) {
    show([], null, [h("p", {}, visible(`The page failed: ${error.message}`))]);
    throw error;
  } finally {
    document.body.dataset.state = "done";
    isWorking = false;
  }
}

/** Run a command for its JSON; gives {code, err, document}, or null where it was stopped. */
async function ask(line, progress) {
  const odd = line[0] === "compare" && state.chosen.find((name) => name.startsWith("-"));
  if (odd) return { line, code: 2, err: `'${odd}' is no model. Remove it from those compared.`, document: null };
  const found = await engine.run([...line, "--format", "json"], texts(), given(), progress);
  if (found === null) return null;
  return { line, code: found.code, err: found.err, document: found.out ? JSON.parse(found.out) : null };
}

async function fromCounts() {
  if (!state.chosen.length) return hint("Tick one or more models above.");
  const found = await ask(words.compareCounts(state));
  if (isStale || !found) return;
  const blocks = [];
  if (found.document) {
    blocks.push(results.comparison(found.document));
    const first = found.document.offers.find((offer) => offer.total !== null);
    if (first) blocks.push(await oneRequest(first.card, found.document));
  }
  show([found], found.document && results.cheapest(found.document), blocks);
}

/** Give the lines of one request at one of the offers, to choose. */
async function oneRequest(card, compared) {
  const place = h("div");
  const list = h("select", { input: (event) => draw(event.target.value) },
    compared.offers.filter((offer) => offer.total !== null).map((offer) => h("option", { value: offer.card }, visible(offer.card))));
  const draw = async (name) => {
    const found = await ask(words.explain(state, name));
    if (!found) return;
    const [usage] = found.document?.usages ?? [];
    if (!usage) return place.replaceChildren(h("pre", {}, visible(found.err)));
    const whole = { ...found.document, ...usage, lines: usage.lines };
    place.replaceChildren(results.lines(whole), sources(usage));
  };
  await draw(card);
  return h("div", { class: "block" }, h("label", {}, "One request, line by line, at ", list), place);
}

function sources(usage) {
  return h("p", { class: "aside" }, visible(`Card ${usage.source.replace("ratecards/", "")}, in force since ${usage.effective}. `),
    (usage.sources ?? []).flatMap((page, number) => [number ? ", " : "Sources: ",
      /^https?:/.test(page.url) ? h("a", { href: page.url, rel: "noreferrer noopener", target: "_blank" }, visible(page.url)) : visible(page.url),
      page.checked ? ` (${page.checked})` : ""]));
}

async function fromUsage() {
  if (!state.text.trim()) return hint("Paste a response or a usage object above, or try an example.");
  const isLong = state.text.length > ITEMISED;
  const found = await ask(words.cost(state, files(), isLong ? ["--by", "model"] : ["--lines"]));
  if (isStale || !found) return;
  const blocks = [];
  const runs = [found];
  if (found.document) {
    if (isLong) blocks.push(results.groups(found.document));
    else if (found.document.lines.length) blocks.push(results.lines(found.document));
    blocks.push(results.unpriced(found.document));
  }
  if (state.chosen.length) {
    const compared = await ask(words.compareFiles(state, files()));
    if (isStale || !compared) return;
    runs.push(compared);
    if (compared.document) blocks.push(results.comparison(compared.document));
  }
  show(runs, found.document && results.headline(found.document), blocks);
}

async function fromLogs() {
  if (!logs.length) return hint("Choose a log above, or drop it there.");
  const found = await reading(() => ask(words.cost(state, files(), ["--by", by("by").value, "--no-cache"]), told));
  if (isStale || !found) return;
  const blocks = found.document ? [results.groups(found.document), results.unpriced(found.document)] : [];
  if (found.document && state.chosen.length) {
    const place = h("div", { class: "block" });
    place.append(h("button", {
      type: "button",
      class: "quiet",
      "data-compare": true,
      click: async () => {
        const compared = await reading(() => ask(words.compareFiles(state, files()), told));
        if (!compared) return;
        place.replaceChildren(compared.document ? results.comparison(compared.document) : h("pre", {}, visible(compared.err)), ...notes(compared.err));
        shown.push(compared);
        showCommands();
      },
    }, `Compare this log over the ${state.chosen.length} models ticked`));
    blocks.push(place);
  }
  show([found], found.document && results.headline(found.document), blocks);
}

async function reading(job) {
  for (const id of ["progress", "stop", "read"]) by(id).hidden = false;
  by("progress").removeAttribute("value");
  by("read").textContent = "";
  by("headline").textContent = "Reading…";
  by("errors").replaceChildren();
  try {
    return await job();
  } finally {
    for (const id of ["progress", "stop", "read"]) by(id).hidden = true;
  }
}

/** Show how far a log is read: the command line's own line, "reading NAME 42 % 9 MB/s". */
function told(line) {
  const part = /(\d+) %/.exec(line);
  if (part) {
    by("progress").max = 100;
    by("progress").value = Number(part[1]);
  }
  by("read").textContent = visible(line);
}

// ---- showing

function hint(text) {
  shown = [];
  by("headline").replaceChildren(h("span", { class: "aside" }, text));
  by("errors").replaceChildren();
  by("results").replaceChildren();
  by("after").hidden = true;
}

/** Split what was said on stderr into problems and notes; "next" names other commands. */
function heard(text) {
  const problems = [];
  const found = [];
  for (const line of text.trim().split(/\n(?! )/)) {
    // these are about columns of the terminal's table, which are other ones here
    if (/^note: (no room for|hit is) /.test(line)) continue;
    if (line.startsWith("note: ")) found.push(line.slice(6).replace(/\n +/g, " "));
    else if (!line.startsWith("next: ")) problems.push(line);
  }
  return { problems: problems.join("\n").trim(), notes: found };
}

function notes(err) {
  const found = heard(err).notes;
  return found.length ? [h("ul", { class: "notes" }, found.map((note) => h("li", {}, visible(note))))] : [];
}

function show(runs, headline, blocks) {
  shown = runs;
  const problems = runs.map((run) => heard(run.err).problems).filter(Boolean);
  by("headline").replaceChildren(...(headline || ["No cost: see below."]));
  by("errors").replaceChildren(...[...new Set(problems)].map((text) => h("pre", {}, visible(text))));
  const said = [...new Set(runs.flatMap((run) => heard(run.err).notes))];
  by("results").replaceChildren(...blocks.filter(Boolean),
    ...(said.length ? [h("ul", { class: "notes", "aria-label": "Notes" }, said.map((note) => h("li", {}, visible(note))))] : []));
  by("after").hidden = false;
  const has = shown.some((run) => run.document);
  by("json").hidden = by("csv").hidden = by("print").hidden = !has;
  showCommands();
}

function showCommands() {
  by("commands").replaceChildren(
    h("details", {}, h("summary", {}, "The same on the command line"),
      h("div", { class: "block" }, shown.map((run) => h("pre", {}, h("code", {}, visible(words.line(run.line))))))));
}

function save(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

async function share() {
  const text = fragment(state);
  if (text === null) {
    by("shared").textContent = "This usage is too long for a link: save it as JSON instead.";
    return;
  }
  const url = new URL(location.href);
  url.hash = text;
  history.replaceState(null, "", url);
  by("link-label").hidden = false;
  by("link").value = url.href;
  by("link").select();
  const beside = state.mode === "log" ? " The log is not in it." : "";
  try {
    await navigator.clipboard.writeText(url.href);
    by("shared").textContent = `Copied.${beside} What the link holds stands behind its #, which browsers send to nobody.`;
  } catch {
    by("shared").textContent = `Copy it from the field.${beside}`;
  }
}

// ---- logs

function take(list) {
  for (const file of list) {
    let name = file.name.replace(/[/\\\0]/g, "_");
    if (name === "." || name === "..") name = "log";
    for (let number = 2; logs.some((log) => log.name === name); number++) name = `${number}-${file.name.replace(/[/\\\0]/g, "_")}`;
    logs.push({ name, data: file });
  }
  showLogs();
  renew(0);
}

function showLogs() {
  by("picked").replaceChildren(...logs.map((log) =>
    h("li", {}, named(log.name), ` ${size(log.data.size)} `,
      h("button", { type: "button", "aria-label": `Remove ${visible(log.name)}`, click: () => { logs = logs.filter((l) => l !== log); showLogs(); renew(); by("files").focus(); } }, "×"))));
}

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function watchDrops() {
  const place = by("drop");
  for (const name of ["dragenter", "dragover"]) {
    place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) place.addEventListener(name, () => place.classList.remove("over"));
  // a file that misses the frame must not replace the page
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    const dropped = [...(event.dataTransfer?.files ?? [])];
    if (!dropped.length) return;
    document.querySelector("input[name=mode][value=log]").checked = true;
    read();
    take(dropped);
  });
  by("files").addEventListener("change", () => {
    take([...by("files").files]);
    by("files").value = "";
  });
}

// ---- the start

function said({ ready, failed }) {
  const place = by("engine");
  isReady = Boolean(ready);
  place.className = `state ${ready ? "ready" : "failed"}`;
  place.textContent = ready
    ? "The calculator is ready."
    : `The calculator could not start: ${visible(failed)}. The prices below stand.`;
  if (ready) workOut();
}

let engine;

async function start() {
  by("engine").textContent = "Loading the calculator, 12 MB once. The list works already.";
  engine = new Engine(said);
  const answer = await fetch(new URL("../data/models.json", import.meta.url));
  if (!answer.ok) throw new Error(`data/models.json: ${answer.status}`);
  listed = await answer.json();
  search = new Search(listed, {
    isChosen: (card) => state.chosen.includes(card),
    choose,
    open: (model) => open(model, listed.models.filter((other) => other.same === model.same),
      { choose, isChosen: (card) => state.chosen.includes(card) }),
  });
  const currencies = new Set(Object.values(listed.sellers).map((seller) => seller.currency));
  by("currency").append(...[...currencies].sort().map((code) => h("option", { value: code }, visible(code))));
  by("examples").append(...Object.entries(EXAMPLES).map(([name, body]) =>
    h("button", { type: "button", click: () => { by("text").value = JSON.stringify(body, null, 2); read(); renew(); } }, name)));
  for (const id of ["h-usage", "counts"]) by(id).closest("section").addEventListener("input", () => { read(); renew(); });
  by("stop").addEventListener("click", () => {
    isReady = false;
    isStale = false;
    logs = [];
    showLogs();
    by("engine").className = "state";
    by("engine").textContent = "Loading the calculator again.";
    engine.stop();
  });
  by("share").addEventListener("click", share);
  by("json").addEventListener("click", () => save("pricing.json", `${JSON.stringify(shown[0].document, null, 2)}\n`, "application/json"));
  by("csv").addEventListener("click", async () => {
    const found = await engine.run([...shown[0].line, "--format", "csv"], texts(), given());
    if (found) save("pricing.csv", found.out, "text/csv");
  });
  by("print").addEventListener("click", () => window.print());
  watchDrops();
  const linked = () => {
    const from = fromFragment(location.hash);
    if (from) fill(from);
    return from;
  };
  window.addEventListener("hashchange", () => linked() && renew());
  by("calculator").hidden = false;
  if (!linked()) {
    read();
    showChosen();
  }
  workOut();
  if (!isReady) hint(state.chosen.length || state.mode !== "counts" ? "Waiting for the calculator…" : "Tick one or more models above.");
}

start().catch((error) => said({ failed: error.message }));
