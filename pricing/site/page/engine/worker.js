// The engine: the command line itself, run by Python in this worker, so that its digits and its
// messages are those of the command line. It answers one call at a time.
import { loadPyodide } from "../pyodide/pyodide.mjs";

const PYTHON = `
import contextlib, gc, io, os, sys, zoneinfo

sys.path.insert(0, "/engine")
zoneinfo.reset_tzpath(["/engine/zoneinfo"])
gc.set_threshold(100_000)


class Heard(io.StringIO):
    """What a command says; the line that tells its progress goes to the page as it comes."""

    def __init__(self, progress):
        super().__init__()
        self.progress = progress

    def isatty(self):
        return True

    def write(self, text):
        if text.startswith("\\r"):
            if text.strip():
                self.progress(text.strip())
            return len(text)
        return super().write(text)


def run(words, folder, progress):
    from pricing.cli import main

    os.chdir(folder)
    out, heard = io.StringIO(), Heard(progress)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(heard):
        code = main(list(words))
    return code, out.getvalue(), heard.getvalue()
`;

async function start() {
  const python = await loadPyodide({ indexURL: new URL("../pyodide/", import.meta.url).href });
  const answer = await fetch(new URL("pricing.zip", import.meta.url));
  if (!answer.ok) throw new Error(`engine/pricing.zip: ${answer.status}`);
  python.unpackArchive(await answer.arrayBuffer(), "zip", { extractDir: "/engine" });
  python.FS.mkdir("/texts");
  python.FS.mkdir("/logs");
  python.runPython(PYTHON);
  return { python, run: python.globals.get("run") };
}

const ready = start();
ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: String(error.message ?? error) }),
);

onmessage = async ({ data: { id, words, texts, logs } }) => {
  try {
    const { python, run } = await ready;
    postMessage({ id, ...call(python, run, id, words, texts, logs) });
  } catch (error) {
    // what a crash leaves behind is not to be trusted with the next call
    postMessage({ id, code: 2, out: "", err: `The engine stopped: ${error.message ?? error}`, crashed: true });
  }
};

function call(python, run, id, words, texts, logs) {
  const { FS } = python;
  for (const [name, text] of Object.entries(texts)) FS.writeFile(`/texts/${name}`, text);
  let folder = "/texts";
  if (logs.length) {
    // read in slices while the engine reads: never whole in memory
    folder = "/logs";
    FS.mount(FS.filesystems.WORKERFS, { blobs: logs }, folder);
  }
  const list = python.toPy(words);
  const told = (line) => postMessage({ id, progress: line });
  try {
    const found = run(list, folder, told);
    const [code, out, err] = found.toJs();
    found.destroy();
    return { code, out, err };
  } finally {
    list.destroy();
    FS.chdir("/");
    if (logs.length) FS.unmount(folder);
    for (const name of Object.keys(texts)) FS.unlink(`/texts/${name}`);
  }
}
