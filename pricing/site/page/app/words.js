// From what the page holds to the words of the command line that would say the same.

/** Give the option and its value, in the form that a value with a dash in front needs. */
function option(name, value) {
  return value.startsWith("-") ? [`--${name}=${value}`] : [`--${name}`, value];
}

const split = (text) => text.split(/[\s,;]+/).filter(Boolean);

function common(state) {
  const { at, currency, estimates } = state.options;
  return [
    ...(at ? option("at", at) : []),
    ...(currency ? option("currency", currency) : []),
    ...(estimates ? ["--estimates"] : []),
  ];
}

/** A file of such a name is named by its place; the engine's folder holds it. */
export const filed = (name) => (name.startsWith("-") ? `./${name}` : name);

function counts(state) {
  const found = [];
  for (const [name, value] of Object.entries(state.counts)) {
    if (name !== "requests" && value.trim()) {
      found.push(...option(name.replace("_", "-"), value.trim()));
    }
  }
  for (const pair of split(state.meters)) found.push(...option("meter", pair));
  return found;
}

function attributes(state) {
  return split(state.options.attributes).flatMap((pair) => option("attribute", pair));
}

/** The comparison of counts over the chosen models. */
export function compareCounts(state) {
  const requests = state.counts.requests.trim();
  return [
    "compare",
    ...common(state),
    ...counts(state),
    ...attributes(state),
    ...(requests ? option("requests", requests) : []),
    ...state.chosen,
  ];
}

/** The comparison of what files hold over the chosen models. */
export function compareFiles(state, files) {
  return [
    "compare",
    ...common(state),
    ...files.flatMap((name) => option("usage", filed(name))),
    ...state.chosen,
  ];
}

/** The cost of what files hold. */
export function cost(state, files, more) {
  const { soldBy, asModel } = state.options;
  return [
    "cost",
    ...files.map(filed),
    ...more,
    ...common(state),
    ...(soldBy ? option("seller", soldBy) : []),
    ...(asModel ? option("model", asModel) : []),
    ...attributes(state),
  ];
}

/** The lines of one model's price for the counts. */
export function explain(state, name) {
  const { at, estimates } = state.options;
  return [
    "explain",
    ...(at ? option("at", at) : []),
    ...(estimates ? ["--estimates"] : []),
    ...counts(state),
    ...attributes(state),
    name,
  ];
}

/** Give words as a line for a shell. */
export function line(words) {
  const quoted = words.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
  );
  return ["pricing", ...quoted].join(" ");
}
