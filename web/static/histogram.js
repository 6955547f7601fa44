// A stretch of the histogram: dragged with the mouse, or with Shift and the arrow keys and then Enter. Each bar with
// entries is a link of its own; a stretch goes from `from` of the first to `to` of the last.

const barsIn = (list) => [...list.children];
const linkOf = (bar) => bar.querySelector("a");

class Brush {
  constructor() {
    this.reset();
    document.addEventListener("pointerdown", (event) => this.down(event));
    document.addEventListener("pointermove", (event) => this.move(event));
    document.addEventListener("pointerup", () => this.up());
    document.addEventListener("pointercancel", () => this.clear());
    document.addEventListener("dragstart", (event) => {
      if (event.target.closest?.(".bars")) event.preventDefault();
    });
    // The click that ends a drag would follow the link of the bar below it.
    document.addEventListener("click", (event) => this.dragged && event.target.closest(".bars") && event.preventDefault(), true);
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("focusout", (event) => event.target.closest?.(".bars") && !this.keyed && this.clear());
  }

  reset() {
    Object.assign(this, { list: null, first: -1, last: -1, dragged: false, keyed: false });
  }

  down(event) {
    this.clear();
    const bar = event.target.closest(".bars > li");
    if (!bar || event.button !== 0 || event.pointerType === "touch") return;
    this.list = bar.parentElement;
    this.first = this.last = barsIn(this.list).indexOf(bar);
  }

  move(event) {
    if (!this.list || this.keyed) return;
    const at = barsIn(this.list).findIndex((bar) => event.clientX <= bar.getBoundingClientRect().right);
    const last = at < 0 ? this.list.children.length - 1 : at;
    this.dragged ||= last !== this.first;
    if (this.dragged) this.select(last);
  }

  up() {
    if (!this.list || this.keyed) return;
    if (this.dragged) this.go();
    else this.clear();
  }

  key(event) {
    const bar = event.target.closest?.(".bars > li");
    if (!bar || event.isComposing) return;
    if (event.key === "Escape") this.clear();
    if (event.key === "Enter" && this.keyed) {
      event.preventDefault();
      this.go();
    }
    if (!event.shiftKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    this.extend(bar, event.key === "ArrowRight" ? 1 : -1);
  }

  extend(bar, step) {
    if (!this.keyed) {
      this.list = bar.parentElement;
      this.first = this.last = barsIn(this.list).indexOf(bar);
      this.keyed = true;
    }
    this.select(Math.min(Math.max(this.last + step, 0), this.list.children.length - 1));
  }

  select(last) {
    this.last = last;
    const [low, high] = [Math.min(this.first, last), Math.max(this.first, last)];
    for (const [index, bar] of barsIn(this.list).entries()) bar.classList.toggle("chosen", index >= low && index <= high);
  }

  // Empty bars at the ends of the stretch have no link, and hold no entries.
  go() {
    const links = barsIn(this.list).filter((bar) => bar.classList.contains("chosen")).map(linkOf).filter(Boolean);
    if (!links.length) return this.clear();
    const url = new URL(links[0].href);
    url.searchParams.set("to", new URL(links.at(-1).href).searchParams.get("to"));
    location.assign(url);
  }

  clear() {
    for (const bar of this.list ? barsIn(this.list) : []) bar.classList.remove("chosen");
    this.reset();
  }
}

new Brush();
