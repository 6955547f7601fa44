// Filters that act when they are ticked: the answer of the new address replaces the old one, and the focus stays.
// On a narrow screen the filters open as a sheet, which shows the number of hits. A long list of values gets a
// field that searches in it. Without this script the filters are a form with a button.

const form = document.querySelector("[data-search]");
const filters = document.querySelector("#filters");
const narrow = matchMedia("(width < 60em)");
const SWAPPED = [".answer", "[data-facets]", "[data-clear]", ".languages"];
const OUTSIDE = ["body > header", ".answer", "body > footer"];

const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

class Filters {
  constructor() {
    this.turn = 0;
    this.leaving = false;
    this.searched = location.search;
    this.finds = new Map();
    this.status = make("p", { className: "unseen", role: "status" });
    this.done = make("button", { type: "button", className: "sheet-done" });
    filters.append(this.done);
    filters.after(this.status);
    this.addFields();
    for (const field of all(".field", filters)) this.addPicker(field);
    this.listen();
  }

  listen() {
    document.addEventListener("change", (event) => {
      if (event.target.matches("#filters input[name][type=checkbox]")) this.update(event.target);
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest(".to-filters");
      if (link && narrow.matches) {
        event.preventDefault();
        this.open();
      }
    });
    this.done.addEventListener("click", () => (this.isTyped() ? form.requestSubmit() : this.close()));
    filters.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing && this.isOpen()) this.close();
    });
    narrow.addEventListener("change", () => this.isOpen() && this.close());
    addEventListener("pagehide", () => (this.leaving = true));
    form.addEventListener("submit", () => (this.leaving = true));
    addEventListener("popstate", () => {
      if (location.search !== this.searched) location.reload();
    });
  }

  async update(box) {
    const turn = (this.turn += 1);
    const url = new URL(form.action);
    url.search = new URLSearchParams(new FormData(form));
    document.querySelector(".answer").setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url);
      const text = await answer.text();
      // A later tick, and leaving the page, make this answer stale.
      if (turn !== this.turn || this.leaving) return;
      if (!answer.ok) throw new Error(String(answer.status));
      this.show(new DOMParser().parseFromString(text, "text/html"), url, box);
    } catch {
      if (turn === this.turn && !this.leaving) location.assign(url);
    }
  }

  show(page, url, box) {
    const hadFocus = document.activeElement === box;
    const closed = all("details.facet:not([open])", filters).map((facet) => facet.dataset.facet);
    const opened = all("details.facet details[open]", filters).map((rest) => rest.closest(".facet").dataset.facet);
    for (const part of SWAPPED) {
      const present = document.querySelector(part);
      present.replaceWith(document.adoptNode(page.querySelector(part)));
    }
    for (const facet of all("details.facet", filters)) {
      facet.open = !closed.includes(facet.dataset.facet);
      const rest = facet.querySelector("details");
      if (rest) rest.open = opened.includes(facet.dataset.facet);
    }
    document.title = page.title;
    history.pushState(null, "", url);
    this.searched = url.search;
    this.addFields();
    const same = all(`#filters input[name="${box.name}"]`).find((input) => input.value === box.value);
    if (hadFocus) same?.focus({ preventScroll: true });
    this.status.textContent = document.querySelector("h1").textContent;
    if (this.isOpen()) this.open();
  }

  // The field lies in the closed part of a list, so that it moves nothing when it is added.
  addFields() {
    for (const facet of all("details.facet[data-find]", filters)) {
      const name = facet.dataset.facet;
      const field = make("input", { type: "search", className: "facet-find", placeholder: facet.dataset.find });
      field.setAttribute("aria-label", facet.dataset.find);
      field.autocomplete = "off";
      field.value = this.finds.get(name) ?? "";
      field.addEventListener("input", (event) => event.isComposing || this.find(facet, field.value));
      field.addEventListener("compositionend", () => this.find(facet, field.value));
      field.addEventListener("keydown", (event) => {
        // Enter would submit the form of a field without a name, too.
        if (event.key === "Enter") event.preventDefault();
      });
      facet.querySelector(":scope details > summary").after(field);
      this.find(facet, field.value);
    }
  }

  // The style sheet keeps room for it.
  addPicker(field) {
    const text = field.querySelector("input");
    const picker = make("input", { type: "date", className: "picker", title: field.dataset.pick });
    picker.setAttribute("aria-label", field.dataset.pick);
    picker.addEventListener("change", () => picker.value && (text.value = picker.value));
    text.after(picker);
  }

  find(facet, typed) {
    this.finds.set(facet.dataset.facet, typed);
    const text = typed.trim().toLowerCase();
    for (const item of all("li", facet)) {
      const box = item.querySelector("input");
      item.hidden = !box.checked && !box.value.toLowerCase().includes(text);
    }
  }

  isTyped() {
    return all("input[type=text]", filters).some((field) => field.value !== field.defaultValue);
  }

  isOpen() {
    return filters.classList.contains("sheet");
  }

  open() {
    const first = !this.isOpen();
    filters.classList.add("sheet");
    filters.setAttribute("role", "dialog");
    filters.setAttribute("aria-modal", "true");
    document.body.classList.add("under-sheet");
    for (const part of OUTSIDE) document.querySelector(part).inert = true;
    this.done.textContent = filters.dataset.show.replace("{n}", document.querySelector(".answer").dataset.total);
    if (first) filters.querySelector("h2").focus();
  }

  close() {
    filters.classList.remove("sheet");
    filters.removeAttribute("role");
    filters.removeAttribute("aria-modal");
    document.body.classList.remove("under-sheet");
    for (const part of OUTSIDE) document.querySelector(part).inert = false;
    document.querySelector(".to-filters").focus();
  }
}

if (form && filters) new Filters();
