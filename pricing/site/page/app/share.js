// The page's state in the address, behind the #, which browsers send to nobody.

/** Longer ones are cut by what they are sent with. */
const LONGEST = 16_000;
const MODES = ["counts", "usage", "log"];
const OPTIONS = ["at", "currency", "soldBy", "asModel", "attributes"];
const MOST_MODELS = 100;

/** Give the fragment that holds the state, without logs; null where it is too long to share. */
export function fragment(state) {
  const found = new URLSearchParams();
  found.set("v", "1");
  for (const name of state.chosen) found.append("model", name);
  found.set("mode", state.mode);
  if (state.mode === "counts") {
    for (const [name, value] of Object.entries(state.counts)) if (value) found.set(name, value);
    if (state.meters) found.set("meters", state.meters);
  }
  if (state.mode === "usage") found.set("usage", state.text);
  for (const name of OPTIONS) if (state.options[name]) found.set(name, state.options[name]);
  if (state.options.estimates) found.set("estimates", "1");
  const text = found.toString();
  return text.length > LONGEST ? null : text;
}

/** Give what a fragment holds, nothing of it trusted; null where it is none of ours. */
export function fromFragment(text) {
  const found = new URLSearchParams(text.replace(/^#/, ""));
  if (text.length > 4 * LONGEST || found.get("v") !== "1") return null;
  const plain = (name) => (found.get(name) ?? "").slice(0, LONGEST);
  const mode = plain("mode");
  return {
    chosen: [...new Set(found.getAll("model"))].filter(Boolean).slice(0, MOST_MODELS),
    mode: MODES.includes(mode) ? mode : "counts",
    counts: Object.fromEntries(
      ["input", "cache_read", "cache_write", "output", "requests"].map((n) => [n, plain(n)]),
    ),
    meters: plain("meters"),
    text: plain("usage"),
    options: {
      ...Object.fromEntries(OPTIONS.map((name) => [name, plain(name)])),
      estimates: found.get("estimates") === "1",
    },
  };
}
