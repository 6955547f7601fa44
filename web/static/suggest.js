// Suggestions below the search box: an ARIA combobox with a listbox, with the keys of the ARIA Authoring Practices.
// The search box works without this script. Its text changes only when a suggestion is chosen, and no request is
// sent while an input method composes. The texts are in data-say, in the language of the page.

const DELAY_MILLISECONDS = 120;
const MAX_CHARACTERS = 100;
const page = document.documentElement.lang;

const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

class Suggestions {
  constructor(box) {
    this.box = box;
    this.say = JSON.parse(box.dataset.say);
    this.turn = 0;
    this.active = -1;
    this.composing = false;
    this.list = make("ul", { id: `${box.id}-offers`, className: "offers", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.say.offers);
    this.status = make("span", { className: "unseen" });
    this.status.setAttribute("role", "status");
    box.form.append(this.list, this.status);
    const roles = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" };
    for (const [name, value] of Object.entries({ ...roles, "aria-controls": this.list.id })) {
      box.setAttribute(name, value);
    }
    this.listen();
  }

  listen() {
    const { box, list } = this;
    box.addEventListener("compositionstart", () => {
      this.composing = true;
      this.close();
    });
    box.addEventListener("compositionend", () => {
      this.composing = false;
      this.soon();
    });
    box.addEventListener("input", (event) => {
      if (!this.composing && !event.isComposing) this.soon();
    });
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("blur", () => this.close());
    box.form.addEventListener("submit", () => this.close());
    addEventListener("pagehide", () => this.close());
    // Keep the focus in the box until the click arrives.
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
  }

  key(event) {
    // 229 marks a key of an input method, also the Enter that ends composing and arrives after its end.
    if (this.composing || event.isComposing || event.keyCode === 229) {
      if (event.key === "Enter") event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const done = this.list.hidden ? this.keyClosed(event) : this.keyOpen(event);
    if (done) event.preventDefault();
  }

  // Down opens the list on the first option, Up on the last, Alt+Down on none. Esc clears the box.
  keyClosed({ key, altKey }) {
    if (key === "ArrowDown") this.ask(altKey ? -1 : 0);
    else if (key === "ArrowUp" && !altKey) this.ask(Infinity);
    else if (key === "Escape" && this.box.value) this.box.value = "";
    else return false;
    return true;
  }

  // Moving past either end of the list returns to the box. Keys that move in the text unselect the option.
  keyOpen({ key, altKey }) {
    const last = this.list.children.length - 1;
    if (key === "Escape" || (key === "ArrowUp" && altKey)) this.close();
    else if (key === "ArrowDown" && !altKey) this.select(this.active < last ? this.active + 1 : -1);
    else if (key === "ArrowUp") this.select(this.active < 0 ? last : this.active - 1);
    else if (key === "Enter" && this.active >= 0) this.choose(this.list.children[this.active]);
    else {
      if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(key)) this.select(-1);
      return false;
    }
    return true;
  }

  soon() {
    clearTimeout(this.timer);
    this.turn += 1;
    this.timer = setTimeout(() => this.ask(), DELAY_MILLISECONDS);
  }

  async ask(index = -1) {
    clearTimeout(this.timer);
    const typed = this.box.value;
    if (!typed.trim() || typed.length > MAX_CHARACTERS) return this.close();
    const turn = (this.turn += 1);
    const state = new URLSearchParams({ q: typed });
    const asof = this.box.form.elements.namedItem("asof");
    if (asof?.defaultValue && !asof.hasAttribute("aria-invalid")) state.set("asof", asof.defaultValue);
    try {
      const answer = await fetch(`${this.box.dataset.suggest}?${state}`);
      const { suggestions } = answer.ok ? await answer.json() : { suggestions: [] };
      // Typing, submitting and closing start another turn.
      if (turn === this.turn && document.activeElement === this.box) this.show(suggestions, index);
    } catch {
      // Without an answer there are no suggestions.
    }
  }

  show(suggestions, active) {
    const options = suggestions.map(({ text, kind, count }, index) => {
      const about = this.say[kind] ?? this.say.count.replace("{n}", count.toLocaleString(page));
      const option = make(
        "li",
        { id: `${this.list.id}-${index}` },
        make("span", { className: "offer-text", textContent: text, lang: page.startsWith("zh") ? page : "zh-Hans" }),
        make("span", { className: "offer-about", textContent: about }),
      );
      option.setAttribute("role", "option");
      option.dataset.text = text;
      option.dataset.kind = kind;
      return option;
    });
    if (!options.length) return this.close();
    this.list.replaceChildren(...options);
    this.list.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
    this.status.textContent = options.length > 1 ? this.say.many.replace("{n}", options.length) : this.say.one;
    this.select(Math.min(active, options.length - 1));
  }

  select(index) {
    this.active = index;
    for (const [position, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(position === index));
    }
    const option = this.list.children[index];
    if (option) this.box.setAttribute("aria-activedescendant", option.id);
    else this.box.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  choose(option) {
    if (!option) return;
    const { kind, text } = option.dataset;
    // An agency is a filter, the same as by its check box.
    this.box.value = kind === "agency" ? "" : text;
    const filter = make("input", { type: "hidden", name: "agency", value: text });
    if (kind === "agency") this.box.form.append(filter);
    this.box.form.requestSubmit();
    filter.remove();
  }

  close() {
    clearTimeout(this.timer);
    this.turn += 1;
    this.list.hidden = true;
    this.status.textContent = "";
    this.box.setAttribute("aria-expanded", "false");
    this.select(-1);
  }
}

for (const box of document.querySelectorAll("input[data-suggest]")) new Suggestions(box);
