/** Small helpers around the document. */

type Child = Node | string | number | null | undefined | false | Child[];
type Handler = (event: never) => void;
type Props = Record<string, string | number | boolean | null | undefined | Handler>;

/** Make an element. Functions become listeners: `onclick` listens to `click`. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value as unknown as EventListener);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...flat(children));
  return element;
}

/** Replace what an element holds, and give the focus back to the control that had it. */
export function fill(host: Element, ...children: Child[]): void {
  const focused = host.contains(document.activeElement) ? document.activeElement?.id : "";
  host.replaceChildren(...flat(children));
  if (focused) {
    document.getElementById(focused)?.focus();
  }
}

/** Say something to those who listen to the page. */
export function say(text: string): void {
  const host = document.getElementById("said");
  if (host && host.textContent !== text) {
    host.textContent = text;
  }
}

/** Let the browser save something as a file. */
export function save(blob: Blob, name: string): void {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A table with a caption for those who do not see it, and heads for its columns. */
export function table(
  caption: string,
  heads: Child[],
  rows: Child[][],
  className = "",
): HTMLElement {
  const head = h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text)));
  const body = rows.map(([first, ...others]) =>
    h("tr", {}, h("th", { scope: "row" }, first), ...others.map((cell) => h("td", {}, cell))),
  );
  return h(
    "div",
    { class: `table ${className}`, tabindex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "unseen" }, caption), h("thead", {}, head), h("tbody", {}, ...body)),
  );
}

function flat(children: Child[]): (Node | string)[] {
  return children.flatMap((child) => {
    if (Array.isArray(child)) {
      return flat(child);
    }
    if (child === null || child === undefined || child === false) {
      return [];
    }
    return [typeof child === "number" ? String(child) : child];
  });
}
