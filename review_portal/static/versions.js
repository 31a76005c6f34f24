// The panel that offers two versions on the page itself; the words come with the page as templates.
const notes = document.querySelector("#notes");

// acts: what each button does, by its name; times: when each version was written, for the heads.
// Returns the panel with `rows(list)`, which shows other differences.
export function offer(template, acts = {}, times = []) {
  notes.querySelector(`[data-from="${template}"]`)?.remove();
  const panel = document.getElementById(template).content.firstElementChild.cloneNode(true);
  panel.dataset.from = template;
  const heads = [...panel.querySelectorAll("thead th")].slice(1).map((head, at) => {
    if (times[at]) head.textContent += `　${times[at]}`;
    return head.textContent;
  });
  panel.rows = (list) => panel.querySelector("tbody").replaceChildren(...list.map((row) => line(row, heads)));
  panel.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (!acts[act]) return;
    panel.remove();
    acts[act]();
  });
  notes.append(panel);
  return panel;
}

function line([label, ...texts], heads) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.className = "title";
  head.textContent = label;
  row.append(head, ...heads.map((title, at) => {
    const cell = document.createElement("td");
    cell.className = "kept";
    cell.dataset.label = title;
    cell.textContent = texts[at] || "—";
    return cell;
  }));
  return row;
}
