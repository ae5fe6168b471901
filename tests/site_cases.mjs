// Run tests/site_cases.py in Pyodide, as the page does: node site_cases.mjs PYODIDE ENGINE FOLDER
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodide, engine, folder] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodide, "pyodide.mjs")).href);
const python = await loadPyodide({ indexURL: `${pyodide}/` });
python.unpackArchive(new Uint8Array(readFileSync(engine)), "zip", { extractDir: "/engine" });

function copy(from, to) {
  python.FS.mkdir(to);
  for (const name of readdirSync(from)) {
    const path = join(from, name);
    if (statSync(path).isDirectory()) copy(path, `${to}/${name}`);
    else python.FS.writeFile(`${to}/${name}`, new Uint8Array(readFileSync(path)));
  }
}
copy(folder, "/cases");

const found = python.runPython(`
import sys, zoneinfo
sys.path[:0] = ["/engine", "/cases"]
zoneinfo.reset_tzpath(["/engine/zoneinfo"])
from site_cases import answers
"\\n".join(answers("/cases"))
`);
writeFileSync(join(folder, "answers.jsonl"), `${found}\n`);
