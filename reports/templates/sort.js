(() => {
  const value = cell => {
    const text = cell.textContent.trim();
    const figure = text.replace(/^>= /, "").replace(/[,+ %]/g, "").replace(/times$/, "");
    return text === "" || figure === "" || isNaN(figure) ? null : Number(figure);
  };
  const order = (a, b) => {
    const x = value(a), y = value(b);
    if (x !== null && y !== null) return x - y;
    if (x !== null || y !== null) return x !== null ? -1 : 1;
    return a.textContent.localeCompare(b.textContent, undefined, { numeric: true });
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    table.querySelectorAll("thead th").forEach((head, at) => {
      if (!head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        table.querySelectorAll("thead th").forEach(each => each.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].sort((a, b) => {
          const found = order(a.cells[at], b.cells[at]);
          return down ? -found : found;
        });
        body.append(...rows);
      });
    });
  }
})();
