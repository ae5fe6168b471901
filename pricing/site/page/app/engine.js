// The engine's side of the page: starts the worker, hands it calls one by one, stops it.

export class Engine {
  #worker;
  #calls = new Map();
  #next = 1;
  #listener;
  /** A start after a crash is not told: whoever is told works out again what crashed. */
  #isQuiet = false;

  /** ``listener`` is told: ready, or failed with a reason. */
  constructor(listener) {
    this.#listener = listener;
    this.#start();
  }

  #start() {
    this.#worker = new Worker(new URL("../engine/worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#heard(data);
    this.#worker.onerror = (event) => {
      this.#listener({ failed: event.message || "the worker could not be loaded" });
    };
  }

  #heard(data) {
    if (data.ready && this.#isQuiet) return void (this.#isQuiet = false);
    if (data.ready || data.failed) return this.#listener(data);
    const call = this.#calls.get(data.id);
    if (!call) return;
    if (data.progress !== undefined) return call.progress(data.progress);
    this.#calls.delete(data.id);
    if (data.crashed) {
      this.#anew();
      this.#isQuiet = true;
    }
    call.done(data);
  }

  /**
   * Run a command: its words, the texts of files by name, and logs as {name, data: File}.
   * Gives {code, out, err}; null where it was stopped.
   */
  run(words, texts = {}, logs = [], progress = () => {}) {
    const id = this.#next++;
    return new Promise((done) => {
      this.#calls.set(id, { done, progress });
      this.#worker.postMessage({ id, words, texts, logs });
    });
  }

  /** Stop whatever runs, and start anew. */
  stop() {
    this.#isQuiet = false;
    this.#anew();
  }

  #anew() {
    this.#worker.terminate();
    for (const { done } of this.#calls.values()) done(null);
    this.#calls.clear();
    this.#start();
  }
}
