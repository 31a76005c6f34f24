// What a score sheet holds, by field name: read from the form, put into it, compared with another version.
const OWN = /^(points\.|comments\.|opinion$|conclusion$|reason$)/;

export function read(form) {
  const found = {};
  for (const [name, value] of new FormData(form)) {
    if (OWN.test(name)) found[name] = value.replaceAll("\r\n", "\n");
  }
  return found;
}

// A stored draft as the server tells it, by the names of the fields.
export function flat(content) {
  const found = { opinion: content.opinion ?? "", conclusion: content.conclusion ?? "" };
  for (const part of ["points", "comments"]) {
    for (const [key, text] of Object.entries(content[part] ?? {})) found[`${part}.${key}`] = text;
  }
  return found;
}

export function fill(form, content) {
  for (const field of form.elements) {
    if (!OWN.test(field.name)) continue;
    if (field.type === "radio") field.checked = field.value === (content[field.name] ?? "");
    else field.value = content[field.name] ?? "";
  }
}

// [label, mine, theirs] of every field that two versions hold differently, in the order of the sheet.
export function differences(form, mine, theirs) {
  const names = new Set([...form.elements].map((field) => field.name).filter((name) => OWN.test(name)));
  for (const name of [...Object.keys(mine), ...Object.keys(theirs)]) names.add(name);
  const same = (name) => (mine[name] ?? "").trim() === (theirs[name] ?? "").trim();
  return [...names].filter((name) => !same(name)).map((name) => [label(form, name), mine[name] ?? "", theirs[name] ?? ""]);
}

function label(form, name) {
  const [part, ...key] = name.split(".");
  const head = document.getElementById(`h-${key.join(".")}`);
  return head ? `${head.textContent}　${form.dataset[part]}` : form.dataset[part];
}
