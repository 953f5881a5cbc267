/** The colours of the page, light or dark, for what is drawn on a canvas. */

export interface Colours {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly surface: string;
  readonly accent: string;
  readonly band: string;
  readonly other: string;
  readonly font: string;
}

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"),
    muted: of("muted"),
    grid: of("line"),
    surface: of("surface"),
    accent: of("accent"),
    band: of("band"),
    other: of("other"),
    font: `12px ${style.fontFamily}`,
  };
}

/** Call back whenever the page turns dark or light. */
export function onTheme(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
